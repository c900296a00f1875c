package directory

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"time"

	"carefinder/internal/fault"
)

// ID names a listing for ever: a UUID (RFC 9562). The zero ID names nothing.
type ID [16]byte

// idSpace is the UUID namespace of imported listings. It must never change: an import run again has to find its rows.
var idSpace = ID{0xca, 0x2e, 0xf1, 0x4d, 0x3e, 0x52, 0x4c, 0x11, 0x9d, 0x0e, 0x5b, 0x1a, 0x77, 0x60, 0x2f, 0x39}

// NewID makes an ID for a listing made here: version 7, so that IDs sort by the time they were made.
func NewID(now time.Time) ID {
	var id ID
	_, _ = rand.Read(id[:]) // never fails: it ends the process when the system has no randomness
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(id[:6], ms[2:])
	return id.stamped(7)
}

// ImportedID derives the ID of a listing from its source and the source's own key: version 5, so that importing the
// same row again meets the same listing.
func ImportedID(source, key string) ID {
	h := sha1.New()
	h.Write(idSpace[:])
	h.Write([]byte(source + "\x00" + key))
	var id ID
	copy(id[:], h.Sum(nil))
	return id.stamped(5)
}

func (id ID) stamped(version byte) ID {
	id[6] = id[6]&0x0f | version<<4
	id[8] = id[8]&0x3f | 0x80
	return id
}

// ParseID reads the 36-character form. Anything else is fault.Invalid.
func ParseID(s string) (ID, error) {
	var id ID
	bad := &fault.Error{Kind: fault.Invalid, Message: "Not a listing id.", Fields: []fault.Field{{Name: "id", Message: "must be a UUID such as 0190b5d2-7c1e-7a3f-8f00-3c5d9e1a2b4c"}}}
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, bad
	}
	if _, err := hex.Decode(id[:], []byte(s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:])); err != nil {
		return ID{}, bad
	}
	return id, nil
}

// String gives the 36-character form.
func (id ID) String() string {
	var b [36]byte
	hex.Encode(b[:8], id[:4])
	hex.Encode(b[9:13], id[4:6])
	hex.Encode(b[14:18], id[6:8])
	hex.Encode(b[19:23], id[8:10])
	hex.Encode(b[24:], id[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// IsZero reports whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }
