package seed

import (
	"embed"
	"io/fs"
	"sync"

	"carefinder/internal/guide"
)

//go:embed guide
var guideFiles embed.FS

var loadGuide = sync.OnceValues(func() (*guide.Guide, error) {
	files, err := fs.Sub(guideFiles, "guide")
	if err != nil {
		return nil, err
	}
	return guide.Load(files)
})

// Guide gives the guide to treatment-resistant depression, read on the first call and shared by all.
func Guide() (*guide.Guide, error) { return loadGuide() }
