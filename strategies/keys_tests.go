package strategies

var testKeys = keySet{what: "a test", id: "test", keys: []key{
	{name: "name", form: words(), needed: true, about: "what it holds, in a few words"},
	{name: "instrument", form: shaped(shapeInstrument), otherwise: "each of the strategy's", about: "of a strategy over several instruments: the one that is played"},
	{name: "bars", form: testBars(), needed: true, about: "bars of the strategy"},
	{name: "feeds", form: namesTo(shapeName, testBars()), about: "bars of its other feeds, by name"},
	{name: "given", form: keysOf(&givenKeys), about: "what is there before the first bar"},
	{name: "fault", form: keysOf(&faultKeys), about: "what goes wrong"},
	{name: "faults", form: listOf(keysOf(&faultKeys)), about: "several of them"},
	{name: "expect", form: listOf(keysOf(&expectKeys)), needed: true, about: "what must happen"},
}}

func testBars() form { return either(testRows(), keysOf(&barKeys)) }

func testRows() form { return listOf(either(decimal(positive), listOf(decimal(orZero)))) }

var barKeys = keySet{what: "bars", id: "bars", shown: "bars: [100, 101, 99]", keys: []key{
	{name: "from", form: words(), about: "a file of bars"},
	{name: "rows", form: either(shaped(shapeRows), testRows()), about: "rows of the file, as in 300..420, or the bars themselves: [open, high, low, close, volume], or closes"},
	{name: "start", form: shaped(shapeTime), otherwise: "2024-01-01", about: "when the first bar opens"},
}}

var givenKeys = keySet{what: "given", id: "given", keys: []key{
	{name: "account", form: keysOf(&givenAccountKeys), about: "the account"},
	{name: "position", form: keysOf(&givenPositionKeys), about: "what the strategy holds"},
	{name: "state", form: givenState(), about: "values of its state"},
}}

func givenState() form { return namesTo(shapeName, either(decimal(anySign), flag())) }

var givenAccountKeys = keySet{what: "account", id: "given_account", keys: []key{
	{name: "equity", form: decimal(positive), unit: "quote currency", about: "what the account is worth"},
}}

var givenPositionKeys = keySet{what: "position", id: "given_position", keys: []key{
	{name: "qty", form: decimal(orZero), unit: "base currency", about: "how much is held"},
	{name: "entry_price", form: decimal(positive), unit: "quote currency", about: "what it was bought at"},
	{name: "bars", form: wholeNumber(orZero), about: "how many bars ago"},
}}

var faultKeys = keySet{what: "a fault", id: "fault", shown: "fault: {feed: h4, silent_from: 2024-02-06T00:00Z}", keys: []key{
	{name: "feed", form: words(), otherwise: "the strategy's own bars", about: "which feed"},
	{name: "silent_from", form: shaped(shapeTime), needed: true, about: "from when on it is silent"},
	{name: "until", form: shaped(shapeTime), about: "when it speaks again"},
}}

var expectKeys = keySet{what: "an expectation", id: "expectation", shown: "expect: [{rule: NAME}]", keys: []key{
	{name: "at", form: shaped(shapeTime), about: "when: a time, or a bar by its number"},
	{name: "rule", form: words(), about: "the rule or exit that fires"},
	{name: "order", form: keysOf(&expectedOrderKeys), about: "the order that it asks for"},
	{name: "never", form: flag(), about: "the rule must not fire"},
	{name: "none", form: flag(), about: "nothing is decided"},
	{name: "until", form: shaped(shapeTime), about: "up to when"},
	{name: "times", form: wholeNumber(positive), about: "how often the rule fires"},
	{name: "because", form: words(), about: "what kept the rule from firing"},
	{name: "denied", form: words(), about: "the code of the limit that denied the order"},
	{name: "position", form: keysOf(&givenPositionKeys), about: "what is held then"},
	{name: "state", form: givenState(), about: "values of the state then"},
}}

var expectedOrderKeys = keySet{what: "order", id: "expected_order", shown: "order: {side: buy, size: {quote: 1000}}", keys: []key{
	{name: "side", form: oneWord("buy", "sell"), about: "buy or sell"},
	{name: "size", form: keysOf(&expectedSizeKeys), about: "how much"},
	{name: "price", form: decimal(positive), unit: "quote currency", about: "its limit"},
}}

var expectedSizeKeys = keySet{what: "size", id: "expected_size", shown: "size: {base: %s}", keys: []key{
	{name: "base", form: decimal(positive), unit: "base currency", about: "a quantity"},
	{name: "quote", form: decimal(positive), unit: "quote currency", about: "a value"},
}}
