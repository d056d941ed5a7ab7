//! Reading a parsed file: which paths it mentions (imports resolved), which texts it holds, what
//! it declares. Items compiled for tests only are told apart.

use std::collections::BTreeMap;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, UseTree, Visibility};

use crate::SourceFile;

/// A path that production code mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The path with imports, `self` and `super` resolved: `["std", "env", "var"]`.
    pub path: Vec<String>,
    /// The module that mentions it.
    pub module: Vec<String>,
    /// The line.
    pub line: usize,
}

/// A text literal of production code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The text.
    pub text: String,
    /// The line.
    pub line: usize,
}

/// What the production code of a file mentions.
#[derive(Debug, Default)]
pub struct Reading {
    /// Paths in expressions, types, imports and macro arguments.
    pub mentions: Vec<Mention>,
    /// Text literals, without documentation.
    pub literals: Vec<Literal>,
    /// Lines where a command-line argument is declared to come from the environment.
    pub environment_arguments: Vec<usize>,
}

impl Reading {
    /// Reads the production code of a file; a test file reads as empty.
    pub fn of(file: &SourceFile) -> Self {
        if file.is_test {
            return Self::default();
        }
        let mut imports = Imports { module: file.module.clone(), names: BTreeMap::new() };
        imports.visit_file(&file.syntax);
        let mut reader =
            Reader { module: file.module.clone(), names: imports.names, reading: Self::default() };
        reader.visit_file(&file.syntax);
        reader.reading
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether attributes say "only for tests": `#[test]`, or a `#[cfg(…)]` that is `test`, the feature
/// `testing` (what a crate offers to other crates' tests), either, or one of them and more.
fn only_for_tests(attributes: &[Attribute]) -> bool {
    const CONDITIONS: [&str; 2] = ["test", "feature=\"testing\""];
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("test") {
            return true;
        }
        let Ok(list) = attribute.meta.require_list() else { return false };
        let condition: String = list.tokens.to_string().split_whitespace().collect();
        let holds = |part: &str| CONDITIONS.contains(&part);
        let inside = |name: &str| condition.strip_prefix(name).and_then(|it| it.strip_suffix(')'));
        attribute.path().is_ident("cfg")
            && (holds(&condition)
                || inside("any(").is_some_and(|parts| parts.split(',').all(holds))
                || inside("all(").is_some_and(|parts| parts.split(',').any(holds)))
    })
}

/// The modules that a file declares by `#[cfg(test)] mod name;`.
pub(crate) fn out_of_line_test_modules(file: &SourceFile) -> Vec<Vec<String>> {
    let mut modules = Vec::new();
    for item in &file.syntax.items {
        if let Item::Mod(declared) = item
            && declared.content.is_none()
            && only_for_tests(&declared.attrs)
        {
            let mut module = file.module.clone();
            module.push(declared.ident.to_string());
            modules.push(module);
        }
    }
    modules
}

/// `crate`, `self` and `super` resolved against the module that says them.
fn absolute(path: Vec<String>, module: &[String]) -> Vec<String> {
    let mut base: Vec<String> = module.to_vec();
    let mut rest = path.iter().peekable();
    match rest.peek().map(|first| first.as_str()) {
        Some("self") => {
            rest.next();
        }
        Some("super") => {
            while rest.next_if(|segment| *segment == "super").is_some() {
                base.pop();
            }
        }
        _ => return path,
    }
    let mut resolved = vec!["crate".to_owned()];
    resolved.append(&mut base);
    resolved.extend(rest.cloned());
    resolved
}

/// Flattens a use tree to (name it introduces, path, line); a glob introduces `*`.
fn flatten(tree: &UseTree, prefix: &[String], found: &mut Vec<(String, Vec<String>, usize)>) {
    let joined = |last: String| [prefix, &[last]].concat();
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &joined(path.ident.to_string()), found),
        UseTree::Name(name) => {
            let line = name.ident.span().start().line;
            let ident = name.ident.to_string();
            if ident == "self" {
                let name = prefix.last().cloned().unwrap_or_default();
                found.push((name, prefix.to_vec(), line));
            } else {
                found.push((ident.clone(), joined(ident), line));
            }
        }
        UseTree::Rename(rename) => {
            let line = rename.ident.span().start().line;
            let ident = rename.ident.to_string();
            let path = if ident == "self" { prefix.to_vec() } else { joined(ident) };
            found.push((rename.rename.to_string(), path, line));
        }
        UseTree::Glob(glob) => {
            let line = glob.star_token.spans.first().map_or(0, |span| span.start().line);
            found.push(("*".to_owned(), joined("*".to_owned()), line));
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, prefix, found);
            }
        }
    }
}

/// Collects what names stand for, over the whole file.
struct Imports {
    module: Vec<String>,
    names: BTreeMap<String, Vec<String>>,
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item(&mut self, item: &'ast Item) {
        if !only_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut found = Vec::new();
        flatten(&item.tree, &[], &mut found);
        for (name, path, _) in found {
            self.names.insert(name, absolute(path, &self.module));
        }
    }
}

struct Reader {
    module: Vec<String>,
    names: BTreeMap<String, Vec<String>>,
    reading: Reading,
}

impl Reader {
    fn mention(&mut self, path: Vec<String>, line: usize) {
        let mut path = absolute(path, &self.module);
        // An import may stand on another (`use std::time; use time::Instant`): a few rounds do.
        for _ in 0..4 {
            let Some((first, rest)) = path.split_first() else { return };
            let Some(stands_for) = self.names.get(first) else { break };
            let expanded = [stands_for.as_slice(), rest].concat();
            if expanded.starts_with(&path[..1]) {
                path = expanded;
                break;
            }
            path = expanded;
        }
        self.reading.mentions.push(Mention { path, module: self.module.clone(), line });
    }

    /// Reads the paths and texts in the arguments of a macro.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut position = 0;
        while let Some(token) = tokens.get(position) {
            position += 1;
            match token {
                TokenTree::Group(group) => self.read_tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        let line = literal.span().start().line;
                        self.reading.literals.push(Literal { text: text.value(), line });
                    }
                }
                TokenTree::Ident(ident) => {
                    let mut path = vec![ident.to_string()];
                    while is_path_separator(tokens.get(position..position + 2))
                        && let Some(TokenTree::Ident(next)) = tokens.get(position + 2)
                    {
                        path.push(next.to_string());
                        position += 3;
                    }
                    self.mention(path, ident.span().start().line);
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

fn is_path_separator(tokens: Option<&[TokenTree]>) -> bool {
    matches!(
        tokens,
        Some([TokenTree::Punct(first), TokenTree::Punct(second)])
            if first.as_char() == ':' && first.spacing() == Spacing::Joint && second.as_char() == ':'
    )
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !only_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !only_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut found = Vec::new();
        flatten(&item.tree, &[], &mut found);
        for (_, path, line) in found {
            self.mention(path, line);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.mention(segments, line);
        visit::visit_path(self, path);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        let line = literal.span().start().line;
        self.reading.literals.push(Literal { text: literal.value(), line });
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.visit_path(&invocation.path);
        self.read_tokens(invocation.tokens.clone());
    }

    /// Attributes are documentation, derives and lints; only clap's are of interest.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let of_clap = ["arg", "clap"].iter().any(|name| attribute.path().is_ident(name));
        if !of_clap {
            return;
        }
        let Ok(list) = attribute.meta.require_list() else { return };
        for token in list.tokens.clone() {
            if let TokenTree::Ident(ident) = &token
                && ident == "env"
            {
                self.reading.environment_arguments.push(ident.span().start().line);
            }
        }
    }
}

/// Something a file declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name; of an implementation, the trait's.
    pub name: String,
    /// The line.
    pub line: usize,
    /// Whether it is compiled for tests only.
    pub in_test: bool,
    /// Of a function, every name in its parameters.
    pub mentions: Vec<String>,
}

/// What a file declares, in production code and in tests.
#[derive(Debug, Default)]
pub struct Declarations {
    /// Public traits.
    pub traits: Vec<Declared>,
    /// Implementations of traits.
    pub implementations: Vec<Declared>,
    /// Functions.
    pub functions: Vec<Declared>,
    in_test: bool,
}

impl Declarations {
    /// Reads what a file declares.
    pub fn of(file: &SourceFile) -> Self {
        let mut declarations = Self { in_test: file.is_test, ..Self::default() };
        declarations.visit_file(&file.syntax);
        declarations
    }
}

impl<'ast> Visit<'ast> for Declarations {
    fn visit_item(&mut self, item: &'ast Item) {
        let outside = self.in_test;
        self.in_test |= only_for_tests(attributes(item));
        let in_test = self.in_test;
        match item {
            Item::Trait(declared) if matches!(declared.vis, Visibility::Public(_)) => {
                self.traits.push(Declared {
                    name: declared.ident.to_string(),
                    line: declared.ident.span().start().line,
                    in_test,
                    mentions: Vec::new(),
                });
            }
            Item::Impl(declared) => {
                if let Some((path, _)) = &declared.trait_
                    && let Some(last) = path.segments.last()
                {
                    self.implementations.push(Declared {
                        name: last.ident.to_string(),
                        line: last.ident.span().start().line,
                        in_test,
                        mentions: Vec::new(),
                    });
                }
            }
            Item::Fn(declared) => {
                let mut names = Names(Vec::new());
                names.visit_signature(&declared.sig);
                self.functions.push(Declared {
                    name: declared.sig.ident.to_string(),
                    line: declared.sig.ident.span().start().line,
                    in_test,
                    mentions: names.0,
                });
            }
            _ => {}
        }
        visit::visit_item(self, item);
        self.in_test = outside;
    }
}

struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_ident(&mut self, ident: &'ast proc_macro2::Ident) {
        self.0.push(ident.to_string());
    }
}
