// Package rulebot holds what the program carries with it: the example
// configuration, which is what 'bot run' plays when it is given none. It sits
// at the top because an embedded file must not lie above its package.
package rulebot

import _ "embed"

// ExampleName is the name that messages use for the example.
const ExampleName = "strategies.example.yaml"

//go:embed strategies.example.yaml
var example []byte

// Example returns the text of the example configuration.
func Example() []byte { return append([]byte(nil), example...) }
