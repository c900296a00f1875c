package carefinder

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"carefinder/internal/fault"
)

// line is one line of a file, with its end.
type line struct {
	number int
	text   string
	err    error // too long; text is empty
}

// lines gives the lines of in. One longer than MaxRow is passed over and said to be; the next is read as ever. A byte
// order mark before the first is no part of it.
func lines(in *bufio.Reader) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		for n := 1; ; n++ {
			text, tooLong, err := readLine(in)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(line{}, fmt.Errorf("read line %d: %w", n, err))
				return
			}
			if n == 1 {
				text = strings.TrimPrefix(text, bom)
			}
			l := line{number: n, text: text}
			if tooLong {
				l = line{number: n, err: fault.New(fault.Invalid, fmt.Sprintf("The row is longer than %d bytes.", MaxRow))}
			}
			if (l.text != "" || tooLong) && !yield(l, nil) || err != nil {
				return
			}
		}
	}
}

func readLine(in *bufio.Reader) (text string, tooLong bool, err error) {
	var b []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(b)+len(part) > MaxRow {
			tooLong, b = true, b[:0]
		}
		if !tooLong {
			b = append(b, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return string(b), tooLong, err
		}
	}
}
