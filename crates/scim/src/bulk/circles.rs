//! Which operations depend on each other in a circle.

/// The strongly connected components of a graph: `edges[n]` are those that `n` depends on. Each component is in ascending
/// order. Tarjan's algorithm, without recursion: a client decides how deep it would go.
pub(super) fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut search = Search {
        nodes: vec![Node { found: None, low: 0, open: false }; edges.len()],
        open: Vec::new(),
        count: 0,
        components: Vec::new(),
    };
    for root in 0..edges.len() {
        if search.nodes[root].found.is_none() {
            search.from(root, edges);
        }
    }
    search.components
}

/// Whether a component is a circle: more than one, or one that depends on itself.
pub(super) fn is_circle(component: &[usize], edges: &[Vec<usize>]) -> bool {
    component.len() > 1 || component.iter().any(|node| edges[*node].contains(node))
}

#[derive(Clone)]
struct Node {
    /// When it was found, counted from 0.
    found: Option<usize>,
    /// The earliest found that is still open and can be reached.
    low: usize,
    /// Whether its component is not known yet.
    open: bool,
}

struct Search {
    nodes: Vec<Node>,
    open: Vec<usize>,
    count: usize,
    components: Vec<Vec<usize>>,
}

impl Search {
    fn from(&mut self, root: usize, edges: &[Vec<usize>]) {
        // The way from the root to where the search is, and how many edges of each were followed.
        let mut way = vec![(root, 0)];
        self.find(root);
        while let Some((node, followed)) = way.last_mut() {
            let node = *node;
            if let Some(next) = edges[node].get(*followed).copied() {
                *followed += 1;
                match self.nodes[next].found {
                    None => {
                        self.find(next);
                        way.push((next, 0));
                    }
                    Some(found) if self.nodes[next].open => self.lower(node, found),
                    Some(_) => {}
                }
                continue;
            }
            way.pop();
            if let Some((before, _)) = way.last() {
                self.lower(*before, self.nodes[node].low);
            }
            if self.nodes[node].found == Some(self.nodes[node].low) {
                self.close(node);
            }
        }
    }

    fn find(&mut self, node: usize) {
        self.nodes[node] = Node { found: Some(self.count), low: self.count, open: true };
        self.count += 1;
        self.open.push(node);
    }

    fn lower(&mut self, node: usize, low: usize) {
        self.nodes[node].low = self.nodes[node].low.min(low);
    }

    /// Everything that was found since, and is open, belongs together.
    fn close(&mut self, first: usize) {
        let start = self.open.iter().rposition(|node| *node == first).unwrap_or_default();
        let mut component = self.open.split_off(start);
        for node in &component {
            self.nodes[*node].open = false;
        }
        component.sort_unstable();
        self.components.push(component);
    }
}
