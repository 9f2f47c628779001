//! Reads which paths Rust source names, without a parser: a scan over its words and marks.

/// A word or a mark of Rust source, with the line on which it stands.
pub type Token<'a> = (usize, &'a str);

/// A path as it is written (`["crate", "domain", "Series"]`), with its line and the module it is in.
#[derive(Debug)]
pub struct Named<'a> {
    pub line: usize,
    pub module: Vec<&'a str>,
    pub path: Vec<&'a str>,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words and marks of `source`, without comments, strings, characters and lifetimes.
pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let (mut found, mut rest, mut line) = (Vec::new(), source, 1);
    while let Some(first) = rest.chars().next() {
        let skip = passed_over(rest);
        let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let length = match (skip, word) {
            (0, 0) if rest.starts_with("::") => 2,
            (0, 0) => first.len_utf8(),
            (0, word) => word,
            (skip, _) => skip,
        };
        let (token, after) = rest.split_at(length);
        if skip == 0 && !first.is_whitespace() {
            found.push((line, token));
        }
        line += token.matches('\n').count();
        rest = after;
    }
    found
}

/// Length of the comment, string, character or lifetime that `text` begins with, or 0.
fn passed_over(text: &str) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    if let Some(quoted) = text.strip_prefix('\'') {
        return 1 + character_or_lifetime(quoted);
    }
    let prefix = ["br", "cr", "b", "c", "r"].into_iter().find(|p| text.starts_with(p));
    let prefix = prefix.unwrap_or("");
    let unprefixed = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let opening = unprefixed.trim_start_matches('#');
        let hashes = &unprefixed[..unprefixed.len() - opening.len()];
        let end = format!("\"{hashes}");
        return match opening.strip_prefix('"').map(|body| body.find(&end)) {
            Some(Some(at)) => prefix.len() + hashes.len() + 1 + at + end.len(),
            Some(None) => text.len(),
            None if prefix == "r" && opening.starts_with(is_word) && hashes == "#" => 2, // r#type
            None => 0,
        };
    }
    unprefixed.strip_prefix('"').map_or(0, |body| prefix.len() + 1 + until_quote(body, '"'))
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let (change, step) = match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        (depth, at) = (depth + change, at + step);
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length of `x'` or `\n'` (a character without its first quote) or of `a` (a lifetime).
fn character_or_lifetime(quoted: &str) -> usize {
    let mut chars = quoted.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => until_quote(quoted, '\''),
        (Some(c), Some('\'')) => c.len_utf8() + 1,
        _ => quoted.find(|c| !is_word(c)).unwrap_or(quoted.len()),
    }
}

/// Length of `body` up to the `quote` that ends it, and with it.
fn until_quote(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    body.len()
}

/// Every path in `source`, a file of `module`: those of `use`, and those written out in code.
pub fn paths<'a>(source: &'a str, module: &[&'a str]) -> Vec<Named<'a>> {
    let tokens = tokens(source);
    let (mut found, mut rest) = (Vec::new(), &tokens[..]);
    let (mut inside, mut depth) = (module.to_vec(), 0);
    let mut opened = Vec::new(); // depths at which a `mod name {` was opened
    while let Some((&(line, first), after)) = rest.split_first() {
        let text = |at: usize| after.get(at).map_or("", |token| token.1);
        match first {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if opened.pop_if(|at| *at == depth).is_some() {
                    inside.pop();
                }
            }
            "mod" if text(1) == "{" => {
                opened.push(depth);
                inside.push(text(0));
            }
            _ => {}
        }
        let (written, length) = paths_at(first, after);
        let named = |path| Named { line, module: inside.clone(), path };
        found.extend(written.into_iter().map(named));
        rest = &after[length..];
    }
    found
}

/// The paths that begin with `first`, and how many of the tokens after it belong to them.
fn paths_at<'a>(first: &'a str, after: &[Token<'a>]) -> (Vec<Vec<&'a str>>, usize) {
    let text = |at: usize| after.get(at).map_or("", |token| token.1);
    match first {
        "extern" if text(0) == "crate" => (vec![vec![text(1)]], 2.min(after.len())),
        "use" if text(0) != "<" => {
            let end = after.iter().position(|token| token.1 == ";").unwrap_or(after.len());
            (use_tree(&after[..end]), end)
        }
        word if word.starts_with(is_word) && text(0) == "::" => {
            let segments = after.chunks_exact(2).map(|pair| (pair[0].1, pair[1].1));
            let segments = segments.take_while(|(mark, s)| *mark == "::" && s.starts_with(is_word));
            let path: Vec<_> = [word].into_iter().chain(segments.map(|(_, s)| s)).collect();
            let length = 2 * (path.len() - 1);
            (vec![path], length)
        }
        _ => (Vec::new(), 0),
    }
}

/// The paths in `a::{b, c::{self, d as e}, f::*}`, the tokens between `use` and `;`.
fn use_tree<'a>(tokens: &[Token<'a>]) -> Vec<Vec<&'a str>> {
    let (mut found, mut path, mut groups) = (Vec::new(), Vec::new(), vec![0]);
    let mut tokens = tokens.iter().map(|token| token.1).chain([","]);
    while let Some(token) = tokens.next() {
        match token {
            "::" => {}
            "as" => drop(tokens.next()),
            "{" => groups.push(path.len()),
            "," | "}" => {
                if path.len() > groups[groups.len() - 1] {
                    found.push(path.clone());
                }
                if token == "}" {
                    groups.pop();
                }
                path.truncate(groups[groups.len() - 1]);
            }
            segment => path.push(segment),
        }
    }
    found
}
