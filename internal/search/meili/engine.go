package meili

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/meilisearch/meilisearch-go"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// Engine is a search.Engine that asks a Meilisearch server; it is search.Marked. Make one with New.
type Engine struct {
	*server
	into string // the index written to: the one asked, or what is being built beside it
}

// server is what an engine knows of a server.
type server struct {
	cfg    Config
	schema string
	index  string // the one asked
	now    atomic.Pointer[wording]

	connecting chan struct{}           // holds one token while somebody connects
	clients    atomic.Pointer[clients] // nil before the first connection
}

// wording is what is known of words and terms at a moment.
type wording struct {
	writer *writer
	terms  map[string][]search.ClaimKey
}

// clients are what the server is spoken to with, each with its own key.
type clients struct{ search, admin *client }

// Config says where the server is.
type Config struct {
	URL        string
	Key        string                // the master key, or one that may search and index
	Prefix     string                // of the names of our indexes; "" is DefaultPrefix
	Vocabulary *directory.Vocabulary // that of the program: an index is made for its terms
	Through    http.RoundTripper     // nil is a transport of its own
}

// DefaultPrefix begins the names of our indexes.
const DefaultPrefix = "carefinder"

// New makes an engine and asks nothing yet: the server may be down, and is connected to when it is first needed. Without
// an index of this schema every question is fault.Unavailable until Rebuild has made it.
func New(cfg Config) *Engine {
	if cfg.Prefix == "" {
		cfg.Prefix = DefaultPrefix
	}
	if cfg.Through == nil {
		cfg.Through = newTransport()
	}
	s := &server{
		cfg: cfg, schema: schemaOf(cfg.Vocabulary), connecting: make(chan struct{}, 1),
	}
	s.index = cfg.Prefix + "-" + s.schema
	e := &Engine{s, s.index}
	e.Reword(cfg.Vocabulary)
	return e
}

// Reword has the engine go by the program's vocabulary as amended. The index stays as it is: the server knows nothing of
// what words mean, and what is filtered by is stored as it is called.
func (e *Engine) Reword(v *directory.Vocabulary) {
	e.now.Store(&wording{newWriter(e.cfg.Vocabulary, v.Own()), search.TermWords(v)})
}

// connect makes the keys to work with, once, and brings back the settings of an index that somebody changed.
func (s *server) connect(ctx context.Context) (*clients, error) {
	if c := s.clients.Load(); c != nil {
		return c, nil
	}
	select {
	case s.connecting <- struct{}{}:
		defer func() { <-s.connecting }()
	case <-ctx.Done():
		return nil, lost(ctx, ctx.Err())
	}
	if c := s.clients.Load(); c != nil {
		return c, nil
	}
	k, err := makeKeys(ctx, newClient(s.cfg.URL, s.cfg.Key, s.cfg.Through), s.cfg.Prefix)
	if err != nil {
		return nil, err
	}
	c := &clients{newClient(s.cfg.URL, k.search, s.cfg.Through), newClient(s.cfg.URL, k.index, s.cfg.Through)}
	c.admin.tasks = newClient(s.cfg.URL, k.tasks, s.cfg.Through)
	there, err := c.exists(ctx, s.index)
	if err == nil && there {
		err = c.admin.settle(ctx, s.index)
	}
	if err != nil {
		return nil, err
	}
	s.clients.Store(c)
	return c, nil
}

// noteKey forgets keys that the server doesn't take any more: they are made again.
func (s *server) noteKey(err error) error {
	if code := CodeOf(err); code == "invalid_api_key" || code == "missing_authorization_header" {
		s.clients.Store(nil)
	}
	return err
}

func (c *clients) exists(ctx context.Context, index string) (bool, error) {
	_, err := c.admin.GetIndexWithContext(ctx, index)
	if err = fail(ctx, err); CodeOf(err) == "index_not_found" {
		return false, nil
	}
	return err == nil, err
}

// documentBatch bounds the documents of one request.
const documentBatch = 5000

// Apply implements search.Engine. Meilisearch refuses a batch whole: fault.Invalid says that some listing of the ops is
// at fault, and none of its batch is in the index.
func (e *Engine) Apply(ctx context.Context, ops []search.Op) error {
	last := make(map[directory.ID]*directory.Listing, len(ops))
	for _, op := range ops {
		last[op.ID] = op.Listing
	}
	var documents []document
	var gone []string
	w := e.now.Load().writer
	for _, id := range slices.SortedFunc(maps.Keys(last), func(a, b directory.ID) int { return bytes.Compare(a[:], b[:]) }) {
		if l := last[id]; l == nil {
			gone = append(gone, id.String())
		} else {
			documents = append(documents, w.document(l))
		}
	}
	for batch := range slices.Chunk(documents, documentBatch) {
		if err := e.put(ctx, batch); err != nil {
			return err
		}
	}
	if len(gone) == 0 {
		return nil
	}
	c, err := e.connect(ctx)
	if err != nil {
		return err
	}
	t, err := c.admin.Index(e.into).DeleteDocumentsWithContext(ctx, gone, nil)
	return e.noteKey(c.admin.done(ctx, t, err))
}

// put adds documents and awaits that they are found. The server would make an index that isn't there, without our
// settings, so it is asked first.
func (e *Engine) put(ctx context.Context, documents []document) error {
	c, err := e.connect(ctx)
	if err != nil {
		return err
	}
	there, err := c.exists(ctx, e.into)
	if err != nil {
		return e.noteKey(err)
	}
	if !there {
		return refused(http.StatusNotFound, "index_not_found")
	}
	key := string(attrID)
	t, err := c.admin.Index(e.into).AddDocumentsWithContext(ctx, documents, &meilisearch.DocumentOptions{PrimaryKey: &key})
	return e.noteKey(c.admin.done(ctx, t, err))
}

// Rebuild implements search.Marked. What was there before, and what other schemas left, is removed afterwards.
func (e *Engine) Rebuild(ctx context.Context, fill func(into search.Marked) error) error {
	c, err := e.connect(ctx)
	if err != nil {
		return err
	}
	next := &Engine{e.server, e.index + "-next"}
	if err := c.drop(ctx, next.into); err != nil {
		return err
	}
	t, err := c.admin.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: next.into, PrimaryKey: string(attrID)})
	if err := c.admin.done(ctx, t, err); err != nil {
		return err
	}
	if err := c.admin.settle(ctx, next.into); err != nil {
		return err
	}
	if err := fill(next); err != nil {
		return err
	}
	if err := c.swap(ctx, next.into, e.index); err != nil {
		return err
	}
	return c.clean(ctx, e.cfg.Prefix, e.index)
}

// swap puts the index next in the place of the one asked, in one step.
func (c *clients) swap(ctx context.Context, next, asked string) error {
	there, err := c.exists(ctx, asked)
	if err != nil {
		return err
	}
	t, err := c.admin.SwapIndexesWithContext(ctx, []*meilisearch.SwapIndexesParams{{Indexes: []string{next, asked}, Rename: !there}})
	return c.admin.done(ctx, t, err)
}

// clean removes every index of ours but one.
func (c *clients) clean(ctx context.Context, prefix, but string) error {
	all, err := c.admin.ListIndexesWithContext(ctx, &meilisearch.IndexesQuery{Limit: 1000})
	if err != nil {
		return fail(ctx, err)
	}
	for _, i := range all.Results {
		if strings.HasPrefix(i.UID, prefix+"-") && i.UID != but {
			if err := c.drop(ctx, i.UID); err != nil {
				return err
			}
		}
	}
	return nil
}

// drop deletes an index; one that isn't there is as good as deleted.
func (c *clients) drop(ctx context.Context, index string) error {
	t, err := c.admin.DeleteIndexWithContext(ctx, index)
	if err = c.admin.done(ctx, t, err); CodeOf(err) == "index_not_found" {
		return nil
	}
	return err
}

// markID is the document that says how far the index is. It has none of the attributes that are asked for, so no
// question finds it; and it is swapped with its index.
const markID = "mark"

// Mark implements search.Marked: the zero Mark is that of an index that isn't there.
func (e *Engine) Mark(ctx context.Context) (m search.Mark, err error) {
	var d struct {
		Mark string `json:"mark"`
	}
	c, err := e.connect(ctx)
	if err != nil {
		return search.Mark{}, err
	}
	err = e.noteKey(fail(ctx, c.admin.Index(e.into).GetDocumentWithContext(ctx, markID, &meilisearch.DocumentQuery{Fields: []string{fieldMark}}, &d)))
	switch code := CodeOf(err); {
	case code == "index_not_found" || code == "document_not_found":
		return search.Mark{}, nil
	case err != nil:
		return search.Mark{}, err
	case json.Unmarshal([]byte(d.Mark), &m) != nil:
		return search.Mark{}, garbage(http.StatusOK)
	}
	return m, nil
}

// SetMark implements search.Marked.
func (e *Engine) SetMark(ctx context.Context, m search.Mark) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return e.put(ctx, []document{{string(attrID): markID, fieldMark: string(b)}})
}

// Schema implements search.Marked.
func (e *Engine) Schema() string { return e.schema }

// Version gives the version of the server.
func (e *Engine) Version(ctx context.Context) (string, error) {
	c, err := e.connect(ctx)
	if err != nil {
		return "", err
	}
	v, err := c.admin.tasks.VersionWithContext(ctx)
	if err != nil {
		return "", fail(ctx, err)
	}
	return v.PkgVersion, nil
}
