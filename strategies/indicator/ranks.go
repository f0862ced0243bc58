package indicator

// ranks keeps up to n values in order, with the sums of all that are smaller,
// in a treap: a search tree that is balanced because its nodes have priorities
// that know nothing of their values. Values have places, 1 to n; 0 is no node.
// Sums are of value - anchor and are made anew from the parts of each subtree
// that changes, so that nothing drifts.
type ranks struct {
	root   int32
	anchor float64
	node   []rank
}

type rank struct {
	value, sum  float64 // sum and size are those of the subtree
	left, right int32
	size        int32
	priority    uint32
}

func newRanks(n int) ranks {
	r := ranks{node: make([]rank, n+1)}
	for i := range r.node {
		p := uint32(i) * 0x9e3779b9 // spread: the finaliser of a well-known hash
		p = (p ^ p>>16) * 0x85ebca6b
		p = (p ^ p>>13) * 0xc2b2ae35
		r.node[i].priority = p ^ p>>16
	}
	return r
}

// put inserts x at place i, which must be free.
func (r *ranks) put(i int32, x float64) {
	n := &r.node[i]
	n.value, n.left, n.right = x, 0, 0
	r.pull(i)
	r.root = r.insert(r.root, i)
}

// take removes what is at place i.
func (r *ranks) take(i int32) { r.root = r.remove(r.root, i) }

// upTo returns how many values less the anchor are at most x, and their sum.
func (r *ranks) upTo(x float64) (count int, sum float64) {
	for i := r.root; i != 0; {
		n := &r.node[i]
		if n.value-r.anchor > x {
			i = n.left
			continue
		}
		count += int(r.node[n.left].size) + 1
		sum += r.node[n.left].sum + (n.value - r.anchor)
		i = n.right
	}
	return count, sum
}

// all returns the sum of all values less the anchor.
func (r *ranks) all() float64 { return r.node[r.root].sum }

// around makes all sums anew, around another anchor.
func (r *ranks) around(anchor float64) {
	r.anchor = anchor
	r.pullAll(r.root)
}

func (r *ranks) pullAll(i int32) {
	if i == 0 {
		return
	}
	r.pullAll(r.node[i].left)
	r.pullAll(r.node[i].right)
	r.pull(i)
}

func (r *ranks) pull(i int32) {
	n := &r.node[i]
	left, right := &r.node[n.left], &r.node[n.right]
	n.size = left.size + right.size + 1
	n.sum = left.sum + right.sum + (n.value - r.anchor)
}

// before is the order of the tree; equal values stand by their places.
func (r *ranks) before(i, j int32) bool {
	a, b := r.node[i].value, r.node[j].value
	return a < b || a == b && i < j
}

func (r *ranks) insert(root, i int32) int32 {
	if root == 0 {
		return i
	}
	if r.node[i].priority > r.node[root].priority {
		r.node[i].left, r.node[i].right = r.split(root, i)
		r.pull(i)
		return i
	}
	if n := &r.node[root]; r.before(i, root) {
		n.left = r.insert(n.left, i)
	} else {
		n.right = r.insert(n.right, i)
	}
	r.pull(root)
	return root
}

// split parts a subtree into what stands before i and what stands after.
func (r *ranks) split(root, i int32) (left, right int32) {
	if root == 0 {
		return 0, 0
	}
	n := &r.node[root]
	if r.before(root, i) {
		n.right, right = r.split(n.right, i)
		r.pull(root)
		return root, right
	}
	left, n.left = r.split(n.left, i)
	r.pull(root)
	return left, root
}

func (r *ranks) remove(root, i int32) int32 {
	n := &r.node[root]
	if root == i {
		return r.join(n.left, n.right)
	}
	if r.before(i, root) {
		n.left = r.remove(n.left, i)
	} else {
		n.right = r.remove(n.right, i)
	}
	r.pull(root)
	return root
}

// join makes one subtree of two, the first wholly before the second.
func (r *ranks) join(left, right int32) int32 {
	switch {
	case left == 0:
		return right
	case right == 0:
		return left
	case r.node[left].priority > r.node[right].priority:
		r.node[left].right = r.join(r.node[left].right, right)
		r.pull(left)
		return left
	}
	r.node[right].left = r.join(left, r.node[right].left)
	r.pull(right)
	return right
}
