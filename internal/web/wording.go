package web

import (
	"crypto/sha256"
	"fmt"

	"carefinder/internal/directory"
)

// wording is all that follows from the vocabulary. It is immutable.
type wording struct {
	vocabulary *directory.Vocabulary
	tables     *tables // what each route may be asked
	labels     *labels
	contract   *contract
	mark       string // of labels that are not the program's, for the tags of answers that hold some
}

// Reword has answers from now on go by the program's vocabulary as amended.
func (s *Server) Reword(v *directory.Vocabulary) error {
	next, err := s.newWording(v)
	if err != nil {
		return err
	}
	if v != s.cfg.Vocabulary {
		next.mark = "-" + markOf(v)
	}
	s.words.Store(next)
	return nil
}

func (s *Server) newWording(v *directory.Vocabulary) (*wording, error) {
	w := &wording{vocabulary: v, tables: newTables(v), labels: newLabels(v)}
	var err error
	if w.contract, err = newContract(s.cfg.Version, s.apiRoutes(w.tables)); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return w, nil
}

// wording gives what is known now.
func (s *Server) wording() *wording { return s.words.Load() }

func (s *Server) vocabulary() *directory.Vocabulary { return s.wording().vocabulary }

// markOf tells labels apart, on every server alike.
func markOf(v *directory.Vocabulary) string {
	h := sha256.New()
	for _, f := range directory.Facets() {
		for _, t := range v.Terms(f) {
			fmt.Fprintf(h, "%q %q %q %q\n", f, t.Code, t.Labels["en"], t.Labels["es"])
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:4])
}
