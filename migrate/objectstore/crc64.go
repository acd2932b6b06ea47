package objectstore

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc64"

	"synapse-migrate/migrate/transfer"
)

// nvme is the polynomial of CRC-64/NVME, reversed as hash/crc64 wants it
// (source: NVM Express NVM command set specification 1.0, section 5.2.1.3.4).
const nvme = 0x9a6c9329ac4bc9b5

var nvmeTable = crc64.MakeTable(nvme)

// crc64NVME is the checksum of b.
func crc64NVME(b []byte) uint64 { return crc64.Checksum(b, nvmeTable) }

// crcText is a checksum as S3 writes it: base64 of eight bytes.
func crcText(sum uint64) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, sum))
}

// parseCRC reads crcText's form.
func parseCRC(text string) (uint64, bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(raw), true
}

// fullCRC is the checksum over the whole object, from its parts' checksums;
// empty when one of them is missing.
func fullCRC(parts []transfer.Part) string {
	var whole uint64
	for _, p := range parts {
		sum, ok := parseCRC(p.Checksum)
		if !ok {
			return ""
		}
		whole = combineCRC(whole, sum, p.SizeBytes)
	}
	return crcText(whole)
}

// matrix is a linear map of 64 bits; column i is what bit i becomes.
type matrix [64]uint64

// times applies the map to v.
func (m *matrix) times(v uint64) uint64 {
	var out uint64
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 != 0 {
			out ^= m[i]
		}
	}
	return out
}

// squared applies the map twice.
func (m *matrix) squared() *matrix {
	var out matrix
	for i, column := range m {
		out[i] = m.times(column)
	}
	return &out
}

// combineCRC is the checksum of two ranges that follow each other, from
// their own and the length of the second in bytes. It feeds that many zero
// bytes to the first by repeated squaring.
func combineCRC(first, second uint64, secondBytes int64) uint64 {
	var bit matrix
	bit[0] = nvme
	for i := 1; i < 64; i++ {
		bit[i] = 1 << (i - 1)
	}
	zeros := bit.squared().squared().squared()
	for n := secondBytes; n > 0; n >>= 1 {
		if n&1 != 0 {
			first = zeros.times(first)
		}
		zeros = zeros.squared()
	}
	return first ^ second
}
