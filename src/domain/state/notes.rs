//! What happens now and then: of a long run the newest.

/// A warning with the moment at which it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Unix time in milliseconds.
    pub time: u64,
    pub kind: String,
    pub message: String,
}

/// Warnings, checkpoints and resumptions that are kept.
pub const NOTES: usize = 4_096;

/// Appends `item`. Of a list that has `most` already, the older half goes.
pub fn keep_newest<T>(list: &mut Vec<T>, item: T, most: usize) {
    if list.len() >= most {
        list.drain(..most / 2);
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_notes_are_kept() {
        let mut list = Vec::new();
        (0..100_000).for_each(|n| keep_newest(&mut list, n, NOTES));
        assert!(list.len() <= NOTES && list.len() >= NOTES / 2);
        assert_eq!(list.last(), Some(&99_999));
    }
}
