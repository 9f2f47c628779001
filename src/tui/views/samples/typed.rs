//! What is typed to filter by: `truth:cat`, `pred:dog`, `cat>dog`, or `cat` for either.

/// How to type a filter, for the line where it is typed.
pub const HELP: &str = "cat  truth:cat  pred:dog  cat>dog";

const TRUTH: &str = "truth:";
const PREDICTION: &str = "pred:";

/// Classes that a word stands for; `None` stands for all.
type Classes = Option<Vec<bool>>;

/// The classes that were asked for.
#[derive(Debug, PartialEq)]
pub struct Typed {
    truth: Classes,
    prediction: Classes,
    either: Classes,
}

impl Typed {
    /// Reads `text`, in which names may have blanks: a name goes on to the next mark.
    pub fn new(text: &str, names: &[String]) -> Self {
        let mut parts = <[String; 3]>::default();
        match text.split_once('>') {
            Some((from, to)) => {
                parts[0] = from.trim().trim_start_matches(TRUTH).to_owned();
                parts[1] = to.trim().trim_start_matches(PREDICTION).to_owned();
            }
            None => {
                let mut part = 2;
                for word in text.split_whitespace() {
                    let marked = [TRUTH, PREDICTION].map(|mark| word.strip_prefix(mark));
                    let mark = marked.iter().position(Option::is_some);
                    part = mark.unwrap_or(part);
                    parts[part].push(' ');
                    parts[part].push_str(mark.and_then(|mark| marked[mark]).unwrap_or(word));
                }
            }
        }
        let [truth, prediction, either] = parts.map(|name| classes(&name, names));
        Self { truth, prediction, either }
    }

    pub fn admits(&self, truth: usize, prediction: usize) -> bool {
        let is = |classes: &Classes, class: usize| {
            classes.as_ref().is_none_or(|known| known.get(class).copied().unwrap_or(false))
        };
        is(&self.truth, truth)
            && is(&self.prediction, prediction)
            && (is(&self.either, truth) || is(&self.either, prediction))
    }
}

/// The class of this name, else all that have it in theirs, whatever the case of the letters.
fn classes(name: &str, names: &[String]) -> Classes {
    let name = name.trim().to_lowercase();
    if name.is_empty() {
        return None;
    }
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let is_exact = lower.contains(&name);
    let is = |other: &String| if is_exact { *other == name } else { other.contains(&name) };
    Some(lower.iter().map(is).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(text: &str) -> Vec<(usize, usize)> {
        let names = ["car", "cart", "traffic light"].map(str::to_owned);
        let typed = Typed::new(text, &names);
        let cells = (0..3).flat_map(|truth| (0..3).map(move |prediction| (truth, prediction)));
        cells.filter(|(truth, prediction)| typed.admits(*truth, *prediction)).collect()
    }

    #[test]
    fn each_mark_asks_for_its_part() {
        assert_eq!(admitted("truth:cart"), [(1, 0), (1, 1), (1, 2)]);
        assert_eq!(admitted("pred:Traffic Light"), [(0, 2), (1, 2), (2, 2)]);
        assert_eq!(admitted("truth:traffic light pred:cart"), [(2, 1)]);
        assert_eq!(admitted("light"), [(0, 2), (1, 2), (2, 0), (2, 1), (2, 2)]);
        assert_eq!(admitted("cart > light"), [(1, 2)]);
        assert_eq!(admitted("truth: cart"), admitted("truth:cart"));
        assert_eq!(admitted("").len(), 9);
        assert_eq!(admitted("horse"), []);
    }

    #[test]
    fn a_whole_name_is_that_class_and_a_part_is_every_class_with_it() {
        assert_eq!(admitted("car>car"), [(0, 0)]);
        assert_eq!(admitted("ca>ca"), [(0, 0), (0, 1), (1, 0), (1, 1)]);
    }
}
