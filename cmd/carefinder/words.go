package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/search"
	"carefinder/internal/store"
)

// words is the vocabulary as it is now: the program's, and over it what the desk of any server changed. Whoever goes by it
// is told of each other one in the order they came, and what lets a term be claimed is told last: none is claimed that an
// index here doesn't know.
type words struct {
	store *store.Store
	base  *directory.Vocabulary
	now   atomic.Pointer[directory.Vocabulary]

	mu    sync.Mutex // for what follows, and while anybody is told
	no    int64      // of changes in the store
	users []func(*directory.Vocabulary) error
	door  *directory.Desk
}

// newWords reads what the store holds. door is the front door of listings.
func newWords(ctx context.Context, s *store.Store, base *directory.Vocabulary, door *directory.Desk) (*words, error) {
	w := &words{store: s, base: base, door: door}
	w.now.Store(base)
	return w, w.refresh(ctx)
}

// tell has others be told from now on, and of what differs from the program's at once.
func (w *words) tell(users ...func(*directory.Vocabulary) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users = append(w.users, users...)
	if w.no == 0 {
		return nil
	}
	for _, use := range users {
		if err := use(w.now.Load()); err != nil {
			return err
		}
	}
	return nil
}

// always makes a user of what can't fail.
func always(use func(*directory.Vocabulary)) func(*directory.Vocabulary) error {
	return func(v *directory.Vocabulary) error { use(v); return nil }
}

// refresh reads what was changed and tells everybody, when anything was.
func (w *words) refresh(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	no, err := w.store.VocabularyNo(ctx)
	if err != nil || no == w.no {
		return err
	}
	all, err := w.store.Amendments(ctx)
	if err != nil {
		return err
	}
	v := w.base.Amended(desk.AmendmentsOf(all))
	for _, use := range w.users {
		if err := use(v); err != nil {
			return fmt.Errorf("use the vocabulary: %w", err)
		}
	}
	w.now.Store(v)
	w.door.Reword(v)
	w.no = no // what was read holds no less
	return nil
}

// follow refreshes until ctx ends. While the store can't be read, what was known last still holds.
func (w *words) follow(ctx context.Context) {
	for await(ctx, time.Second) {
		_ = w.refresh(ctx) // /readyz tells of a store that can't be read
	}
}

// worded is the truth for whoever indexes it. A listing that claims a term nobody here knows yet was saved by a server
// that does: the term is read before the listing is indexed, or what it claims would be lost.
type worded struct {
	search.Source
	words *words
}

// Published implements search.Source.
func (s worded) Published(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error) {
	all, err := s.Source.Published(ctx, ids)
	for i := 0; i < len(all) && err == nil; i++ {
		err = s.learn(ctx, all[i])
	}
	return all, err
}

// Each implements search.Source.
func (s worded) Each(ctx context.Context, one func(*directory.Listing) error) error {
	return s.Source.Each(ctx, func(l *directory.Listing) error {
		if err := s.learn(ctx, l); err != nil {
			return err
		}
		return one(l)
	})
}

func (s worded) learn(ctx context.Context, l *directory.Listing) error {
	if l == nil {
		return nil
	}
	v := s.words.now.Load()
	for i := range l.Claims {
		if c := &l.Claims[i]; v.Term(c.Facet, c.Code) == nil {
			return s.words.refresh(ctx)
		}
	}
	return nil
}
