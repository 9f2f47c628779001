//! Rising steps, kept as stretches of equal distance.

/// Rising numbers. What is recorded at regular intervals takes no room at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steps {
    stretches: Vec<Stretch>,
    len: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    /// Which number its first step has.
    index: usize,
    first: u64,
    /// Distance of its steps; means nothing while there is one only.
    stride: u64,
}

impl Steps {
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a step, which must be later than all others.
    pub fn push(&mut self, step: u64) {
        let index = self.len;
        self.len += 1;
        if let Some(last) = self.stretches.last_mut() {
            match (index - last.index) as u64 {
                1 => last.stride = step - last.first,
                n if (step - last.first) / n == last.stride
                    && (step - last.first).is_multiple_of(n) => {}
                _ => self.stretches.push(Stretch { index, first: step, stride: 1 }),
            }
        } else {
            self.stretches.push(Stretch { index, first: step, stride: 1 });
        }
    }

    /// The step with this number, which there must be.
    pub fn get(&self, index: usize) -> u64 {
        let at = self.stretches.partition_point(|stretch| stretch.index <= index) - 1;
        let Stretch { index: begin, first, stride } = self.stretches[at];
        first + stride * (index - begin) as u64
    }

    /// How many steps are earlier than `step`.
    pub fn count_before(&self, step: u64) -> usize {
        let at = self.stretches.partition_point(|stretch| stretch.first < step);
        let Some(Stretch { index, first, stride }) = at.checked_sub(1).map(|i| self.stretches[i])
        else {
            return 0;
        };
        let end = self.stretches.get(at).map_or(self.len, |next| next.index);
        let inside = (step - 1 - first) / stride + 1;
        index + inside.min((end - index) as u64) as usize
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.stretches.capacity() * size_of::<Stretch>()
    }

    pub fn truncate(&mut self, len: usize) {
        let kept = self.stretches.partition_point(|stretch| stretch.index < len);
        self.stretches.truncate(kept);
        self.len = self.len.min(len);
    }
}
