// Package persist is the bot's durable memory: a journal of every change the
// engine decided, in one bbolt file. An order is in it before any byte of the
// order leaves, and after a crash it is all the bot believes.
//
// # Ownership
//
// One goroutine owns a [Store]; nothing here locks. The file is locked while
// open, so a second process gets [ErrInUse] within about a second. What was
// appended is durable when [Store.Commit] has returned nil, and not before.
// After any error of a commit the store is poisoned: every later call returns
// that error, and only opening it again tells what is on the disk.
//
// # Directories
//
//	STATE/MODE_EXCHANGE_ACCOUNT/store.db    the store of one account
//	STATE/MODE_EXCHANGE_ACCOUNT/backups/    its verified copies, named for their time
//	STATE/MODE_EXCHANGE_ACCOUNT/damaged-*   what a restore took away
//	STATE/MODE_EXCHANGE_ACCOUNT.1/          the one before it, after Rotate
//	STATE/MODE_EXCHANGE_ACCOUNT.new-N/      a creation that was cut off; ignored
//
// A store is created as a whole directory under the last name, with its first
// record committed and everything synced, and then renamed. A directory that
// has other files but no store.db is refused: a store was lost there.
//
// # Buckets, format 1
//
//	"meta"     one key, "head"                    record of type 0xF0
//	"journal"  key: seq, 8 bytes, big endian      records of type 1 to 0x7F
//	"blobs"    key: name, 1 to 64 bytes of a-z0-9- records of type 0xF1
//
// Values are records, never empty. Nothing else is in the file.
//
// # Record
//
// Numbers are big endian.
//
//	offset size
//	 0     1    version of the envelope: 1
//	 1     1    type: the engine.ChangeKind, 0xF0 head, 0xF1 blob
//	 2     8    seq: 1, 2, 3 ... without a gap in the journal; in a head and in
//	            a blob the seq of the last change before it was put
//	10     4    length of the payload in bytes
//	14     4    CRC-32C (Castagnoli) of the record without these four bytes
//	18    16    link: first half of the SHA-256 of the whole record before it
//	34     …    payload
//
// The link of the first change is the first half of the SHA-256 of the text
// "rulebot journal " and the store's id. The link of a blob is the same of
// "rulebot blob " and its name; the link of the head is zero.
//
// The payload of a change is engine.Change as JSON without white space: times
// RFC 3339 in UTC with nanoseconds, amounts decimal text. Members that are not
// known are refused. Text that is not UTF-8 is stored with U+FFFD in place of
// the bad bytes; the number of a reading that is not ready is stored as 0. The
// payload of a blob is its bytes. The payload of the head is JSON:
//
//	format             1
//	mode, exchange, account   whom the store belongs to, for ever
//	id                 id of this store, made when it was created
//	boots              how often a process began to use it
//	boot               the boot value of the last one
//	seq                seq of the last change; 0 is none
//	hash               first half of the SHA-256 of its record, hex: the link
//	                   that the next one will carry
//	blobs              name, size and hash of every blob's record, by name
//
// The head is rewritten in each transaction. It is why a lost page shows: the
// chain ends in its hash, and its list of blobs is complete.
//
// # What is verified
//
// bbolt protects its two meta pages by a checksum and nothing else, and falls
// back in silence to the older one. So opening a store reads the whole file:
// both meta pages are valid and consecutive, every page below the high-water
// mark is used exactly once (pages.go), every record has its checksum, its
// place in the chain and a payload that decodes, and the counts agree with the
// head. Whatever does not is [ErrDamaged], with what and where; bbolt's own
// panics and faults on damaged pages are caught and become the same error.
//
// # Versions
//
// A new member of a payload that may be absent keeps format 1. Anything that
// an older program would misread raises format, and the older program refuses
// it with [ErrFormat].
package persist
