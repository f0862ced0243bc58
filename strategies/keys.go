package strategies

// keySet is one kind of map of the file: the keys that it may have, each with
// what stands behind it. The loader refuses every other key by it, and the
// JSON Schema that editors read is made from it, so that both say the same.
type keySet struct {
	what  string // as messages name it: a rule
	id    string // its name in the schema
	shown string // how it is written, for who gives a single value
	keys  []key

	choose []string // one of these and one alone
	single bool     // it has one key
}

// key is one entry of a map.
type key struct {
	name      string
	form      form
	unit      string // what its number counts
	otherwise string // what counts where it is not written
	about     string // one line for people
	needed    bool   // the map is nothing without it
	later     bool   // of the language, not of this version: refused by name
}

// known lists the keys of this version, in the order of the table.
func (ks *keySet) known() []string { return ks.names(false) }

// refused lists the keys of later versions.
func (ks *keySet) refused() []string { return ks.names(true) }

func (ks *keySet) names(later bool) []string {
	var list []string
	for _, k := range ks.keys {
		if k.later == later {
			list = append(list, k.name)
		}
	}
	return list
}

// formKind is what a value is written as.
type formKind uint8

const (
	formText    formKind = iota // any words; shape may narrow them
	formWord                    // one of some words
	formFlag                    // true or false
	formNumber                  // a plain decimal
	formWhole                   // a whole number
	formNumeric                 // an expression that is a number
	formTruth                   // an expression that is a condition
	formMap                     // a map with keys of its own
	formNames                   // a map from names to values of one form
	formList                    // a list of values of one form
	formEither                  // one of several forms
)

// form is what a value may look like.
type form struct {
	kind   formKind
	words  []string
	shape  string // regular expression of a text, or of the names of a map
	bounds bounds
	of     *keySet
	items  *form
	some   []form
}

func words() form                        { return form{kind: formText} }
func shaped(shape string) form           { return form{kind: formText, shape: shape} }
func oneWord(words ...string) form       { return form{kind: formWord, words: words} }
func flag() form                         { return form{kind: formFlag} }
func decimal(b bounds) form              { return form{kind: formNumber, bounds: b} }
func wholeNumber(b bounds) form          { return form{kind: formWhole, bounds: b} }
func numeric() form                      { return form{kind: formNumeric} }
func conditional() form                  { return form{kind: formTruth} }
func keysOf(ks *keySet) form             { return form{kind: formMap, of: ks} }
func namesTo(shape string, of form) form { return form{kind: formNames, shape: shape, items: &of} }
func listOf(of form) form                { return form{kind: formList, items: &of} }
func either(some ...form) form           { return form{kind: formEither, some: some} }

// The shapes of texts, for editors: the loader says more.
const (
	shapeID         = `^[a-z0-9][a-z0-9-]{0,47}$`
	shapeAlias      = `^[a-z0-9][a-z0-9-]{0,31}$`
	shapeName       = `^[a-z][a-z0-9_]{0,39}$`
	shapeInstrument = `^[A-Z0-9]{2,12}-[A-Z0-9]{2,12}$`
	shapeCurrency   = `^[A-Z0-9]{2,12}$`
	shapeDuration   = `^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$`
	shapeWait       = `^([1-9][0-9]{0,6} bars?|[0-9]+(\.[0-9]+)?(ms|s|m|h|d))$`
	shapeDay        = `^[0-2][0-9]:[0-5][0-9]( .+)?$`
	shapeSchedule   = `^\S+( \S+){5}$`
	shapeTime       = `^([0-9]{4}-|bar )`
	shapeRows       = `^[0-9]+\.\.[0-9]+$`
)

// called is the set under the name that a person gave the map.
func (ks *keySet) called(name string) *keySet {
	called := *ks
	called.what = name
	return &called
}
