package meili

import (
	"context"
	"crypto/sha256"

	"github.com/meilisearch/meilisearch-go"

	"carefinder/internal/directory"
)

// keyID gives the id of a key we make. Its secret follows from the master key and this id, so every server that knows
// the master key makes the same keys, and none is written down.
func keyID(prefix, purpose string) string {
	h := sha256.Sum256([]byte("carefinder\x00" + prefix + "\x00" + purpose))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80 // a UUID of version 4 by its form
	id := directory.ID(h[:16])
	return id.String()
}

// keys are what an engine works with, each for what it is needed for alone.
type keys struct{ search, index, tasks string }

// makeKeys makes the keys of the master key. Given any other key, which can't make keys, it is that one for everything.
func makeKeys(ctx context.Context, c *client, prefix string) (k keys, err error) {
	ours := []string{prefix + "-*"}
	k.search, err = c.scoped(ctx, prefix, "search", ours, "search")
	switch CodeOf(err) {
	case "invalid_api_key", "missing_master_key", "missing_authorization_header":
		return keys{c.key, c.key, c.key}, nil
	}
	if err == nil {
		k.index, err = c.scoped(ctx, prefix, "index", ours, "documents.*", "indexes.*", "settings.*")
	}
	if err == nil { // the task that swaps two indexes belongs to neither
		k.tasks, err = c.scoped(ctx, prefix, "tasks", []string{"*"}, "tasks.get", "version")
	}
	return k, err
}

// scoped finds the key or makes it. Another server may make it at the same moment: then it is there.
func (c *client) scoped(ctx context.Context, prefix, purpose string, indexes []string, actions ...string) (string, error) {
	id := keyID(prefix, purpose)
	key, err := c.GetKeyWithContext(ctx, id)
	err = fail(ctx, err)
	if CodeOf(err) != "api_key_not_found" {
		return secret(key), err
	}
	key, err = c.CreateKeyWithContext(ctx, &meilisearch.Key{
		Name: prefix + ": " + purpose, UID: id, Actions: actions, Indexes: indexes,
	})
	if err = fail(ctx, err); CodeOf(err) == "api_key_already_exists" {
		key, err = c.GetKeyWithContext(ctx, id)
		err = fail(ctx, err)
	}
	return secret(key), err
}

func secret(k *meilisearch.Key) string {
	if k == nil {
		return ""
	}
	return k.Key
}
