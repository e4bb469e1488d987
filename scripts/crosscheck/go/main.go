// Checks a log with the packages that Go's module tooling trusts: sumdb/note and sumdb/tlog.
//
//	crosscheck tiles DIRECTORY VKEY       every entry, every tile, inclusion and consistency proofs; of tiles
//	                                      that retention took, the hashes that it leaves
//	crosscheck proof PROOF RECORD VKEY    a .tlog-proof
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	log.SetFlags(0)
	if os.Args[1] == "tiles" {
		checkTiles(os.Args[2], os.Args[3])
		return
	}
	checkProof(os.Args[2], os.Args[3], os.Args[4])
}

// open returns the size and root of a checkpoint that the key has signed.
func open(text []byte, vkey string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	check(err)
	signed, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(signed.Text, "\n")
	if lines[0] != verifier.Name() {
		log.Fatalf("the origin is %s", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree
}

// stored is the whole tree, recomputed from the entries.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = s[index]
	}
	return hashes, nil
}

func checkTiles(directory, vkey string) {
	tree := open(read(directory, "checkpoint"), vkey)
	var hashes stored
	var leaves []tlog.Hash
	add := func(leaf tlog.Hash) {
		added, err := tlog.StoredHashesForRecordHash(int64(len(leaves)), leaf, hashes)
		check(err)
		hashes = append(hashes, added...)
		leaves = append(leaves, leaf)
	}
	var gone []int64
	pruned := map[int64]bool{}
	for n := int64(0); n*256 < tree.N; n++ {
		tile := path(tlog.Tile{H: 8, L: 0, N: n, W: width(tree.N, n)})
		entries := strings.Replace(tile, "tile/0/", "tile/entries/", 1)
		if _, err := os.Stat(filepath.Join(directory, entries)); os.IsNotExist(err) {
			// Retention leaves the hashes of a tile.
			gone = append(gone, n)
			for rest := read(directory, tile); len(rest) > 0; rest = rest[32:] {
				var leaf tlog.Hash
				copy(leaf[:], rest)
				add(leaf)
			}
			continue
		}
		bundle := read(directory, entries)
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			entry := bundle[2 : 2+length]
			bundle = bundle[2+length:]
			notePruned(entry, pruned)
			add(tlog.RecordHash(entry))
		}
	}
	for _, n := range gone {
		if !pruned[n] {
			log.Fatalf("the entries of tile %d are gone, and no record says why", n)
		}
	}
	if int64(len(leaves)) != tree.N {
		log.Fatalf("%d entries, the checkpoint says %d", len(leaves), tree.N)
	}
	root := tlog.Hash(sha256.Sum256(nil))
	if tree.N > 0 {
		var err error
		root, err = tlog.TreeHash(tree.N, hashes)
		check(err)
	}
	if root != tree.Hash {
		log.Fatal("the root is another")
	}
	tiles := 0
	for level, count := 0, tree.N; count > 0; level, count = level+1, count/256 {
		for n := int64(0); n*256 < count; n++ {
			tile := tlog.Tile{H: 8, L: level, N: n, W: width(count, n)}
			expected, err := tlog.ReadTileData(tile, hashes)
			check(err)
			if !bytes.Equal(expected, read(directory, path(tile))) {
				log.Fatalf("%s is another", path(tile))
			}
			tiles++
		}
	}
	for _, index := range samples(tree.N) {
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]))
		older, err := tlog.TreeHash(index+1, hashes)
		check(err)
		consistency, err := tlog.ProveTree(tree.N, index+1, hashes)
		check(err)
		check(tlog.CheckTree(consistency, tree.N, tree.Hash, index+1, older))
	}
	fmt.Printf("ok size=%d root=%x tiles=%d pruned=%d\n", tree.N, tree.Hash[:], tiles, len(gone))
}

// notePruned notes the tiles that a record of retention says it took.
func notePruned(entry []byte, pruned map[int64]bool) {
	var record struct {
		Kind, Stage string
		Event       struct{ Ranges json.RawMessage }
	}
	if json.Unmarshal(entry, &record) != nil || record.Kind != "records.pruned" || record.Stage != "event" {
		return
	}
	var ranges [][2]int64
	check(json.Unmarshal(record.Event.Ranges, &ranges))
	for _, each := range ranges {
		for n := each[0] / 256; n < each[1]/256; n++ {
			pruned[n] = true
		}
	}
}

func checkProof(proofFile, recordFile, vkey string) {
	text, err := os.ReadFile(proofFile)
	check(err)
	cut := bytes.Index(text, []byte("\n\n"))
	lines := strings.Split(string(text[:cut]), "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	check(err)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		check(err)
		proof = append(proof, hash)
	}
	record, err := os.ReadFile(recordFile)
	check(err)
	tree := open(text[cut+2:], vkey)
	check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(record)))
	fmt.Printf("ok index=%d size=%d\n", index, tree.N)
}

func samples(size int64) []int64 {
	var found []int64
	for _, index := range []int64{0, 1, 2, 127, 255, 256, 257, size / 2, size - 2, size - 1} {
		if index >= 0 && index < size {
			found = append(found, index)
		}
	}
	return found
}

func width(size, n int64) int {
	if size-n*256 < 256 {
		return int(size - n*256)
	}
	return 256
}

// path is that of C2SP tlog-tiles, which leaves out the height that Go's has.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

func read(directory, name string) []byte {
	data, err := os.ReadFile(filepath.Join(directory, name))
	check(err)
	return data
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
