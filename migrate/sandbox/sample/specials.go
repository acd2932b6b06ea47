package sample

import (
	"strings"

	"synapse-migrate/migrate/sandbox/describe"
)

// large is the size of objects that take more than one part of 5 MiB.
const large = 6 << 20

// specials are one of everything that has to be met once.
func specials() []spec {
	all := []spec{
		// Sizes.
		{kind: describe.KindOwn, path: "Reports/empty.txt", empty: true},
		{kind: describe.KindSynapse, path: "Reports/empty too.txt", empty: true},
		{kind: describe.KindBelow, path: "Reports/empty below.txt", empty: true},
		{kind: describe.KindSynapse, path: "Reports/one byte.bin", size: 1},
		{kind: describe.KindSynapse, path: "Reports/large.bin", size: large, multipart: true},
		{kind: describe.KindOwn, path: "Reports/large own.bin", size: large, multipart: true},
		{kind: describe.KindBelow, path: "Reports/large below.bin", size: large, multipart: true},
		// Places.
		{kind: describe.KindOwn, path: "Reports/beside the base key.txt", near: true},
		{kind: describe.KindSynapse, path: "in the project itself.txt", full: true},
		{kind: describe.KindForeign, path: deep() + "/deep.txt", full: true},
		{kind: describe.KindOwn, path: "Restricted/consent.txt", full: true},
		{kind: describe.KindSynapse, path: "Restricted/Patients/names.csv", versions: 2},
		{kind: describe.KindStaged, path: "Staged/ready.csv", full: true},
		{kind: describe.KindStaged, path: "Staged/ready twice.csv", versions: 2, full: true},
		// File handles.
		{kind: describe.KindOwn, path: "Reports/no MD5.txt", withoutMD5: true},
		{kind: describe.KindSynapse, path: "Reports/shared.txt"},
		{kind: describe.KindSynapse, path: "Reports/shares.txt", shares: "Reports/shared.txt"},
		{kind: describe.KindSynapse, path: folderOdd + "/shares too.txt", shares: "Reports/shared.txt"},
		{kind: describe.KindBelow, path: "Reports/shared below.txt"},
		{kind: describe.KindBelow, path: "Reports/shares below.txt", shares: "Reports/shared below.txt"},
		{kind: describe.KindGoogle, path: "Reports/google.csv", full: true},
		{kind: describe.KindGoogle, path: "Reports/google versions.csv", versions: 2},
		{kind: describe.KindProxy, path: "Reports/behind-a-proxy.csv"},
		{kind: describe.KindObjectStore, path: "Reports/object store.csv"},
		{kind: describe.KindURL, path: "Reports/link.html"},
		// Governance.
		{kind: describe.KindSynapse, path: "Reports/controlled.csv", controlled: true},
		{kind: describe.KindOwn, path: "Reports/controlled too.csv", controlled: true, versions: 2},
		{kind: describe.KindSynapse, path: folderControlled + "/by its folder.csv", controlled: true},
	}
	for i, kind := range []describe.Kind{
		describe.KindSynapse, describe.KindOwn, describe.KindBelow, describe.KindForeign,
		describe.KindElsewhere,
	} {
		all = append(all,
			spec{kind: kind, path: "Reports/history of " + string(kind) + ".csv",
				versions: 4, gap: true, full: true},
			spec{kind: kind, path: folderOdd + "/" + oddNames[i]},
		)
	}
	return append(all, spec{kind: describe.KindSynapse, path: folderOdd + "/" + strings.ToUpper(oddNames[0])},
		spec{kind: describe.KindSynapse, path: folderOdd + "/" + strings.Repeat("long ", 39) + "name.txt"})
}

// oddNames are valid entity names that break careless programs.
var oddNames = [...]string{
	"a+b (c), d's - e_f.txt", "...", ".hidden..", "100.00+1,5", "- -rf.txt",
}
