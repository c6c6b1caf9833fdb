import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API, ModifierFlags, NodeBuilderFlags, SymbolFlags } from 'typescript/unstable/sync';
import { ROOT } from '../setup/paths.mjs';

/**
 * What packages export, as the compiler that checks them sees it: their types and what stands above each in the source.
 * The compiler's interface to programs is not yet promised to stay; its version is pinned, and the test of the pages
 * would tell.
 */

/**
 * @typedef {'component' | 'function' | 'class' | 'constant' | 'type'} SymbolKind
 * @typedef {object} PublicSymbol
 * @property {string} name
 * @property {SymbolKind} kind
 * @property {string} doc the comment above it, without its marks; empty if there is none
 * @property {string} code what it is, without what it does
 * @property {readonly string[]} undocumented methods of a class without a comment
 */

const CONFIG = fileURLToPath(new URL('tsconfig.json', import.meta.url));

/** Members that are not for readers, or that the class they come from explains. */
const NOT_SHOWN = ModifierFlags.Private | ModifierFlags.Protected | ModifierFlags.Override;
const INTERNAL = /^@internal\b/m;

/**
 * @param {readonly string[]} packages names of folders of `packages`, with what stands behind them in an import
 * @returns {Map<string, readonly PublicSymbol[]>} by package, in the order of their names
 */
export function publicSymbols(packages) {
  const api = new API({ cwd: ROOT });
  try {
    const project = api.updateSnapshot({ openProjects: [CONFIG] }).getProject(CONFIG);
    if (!project) throw new Error(`${CONFIG}: not opened by the compiler`);
    return new Map(packages.map((name) => [name, symbolsOf(project, name)]));
  } finally {
    api.close();
  }
}

/**
 * @param {import('typescript/unstable/sync').Project} project
 * @param {string} name
 * @returns {readonly PublicSymbol[]}
 */
function symbolsOf(project, name) {
  const { checker, program } = project;
  const [folder = '', subpath = ''] = name.split('/');
  const entry = join(ROOT, 'packages', folder, 'src', subpath, 'index.ts');
  const file = program.getSourceFile(entry);
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new Error(`${entry}: no module`);
  return checker
    .getExportsOfModule(module)
    .map((exported) => {
      const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const node = symbol.declarations[0]?.resolve(project);
      if (!node) throw new Error(`${name}: nothing declares ${exported.name}`);
      return describe(checker, exported.name, node);
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * @param {import('typescript/unstable/sync').Checker} checker
 * @param {string} name
 * @param {import('typescript/unstable/ast').Node} node
 * @returns {PublicSymbol}
 */
function describe(checker, name, node) {
  const text = node.getSourceFile().text;
  switch (node.kind) {
    case SyntaxKind.FunctionDeclaration: {
      const { body } = /** @type {import('typescript/unstable/ast').FunctionDeclaration} */ (node);
      const code = signature(text.slice(start(node), body?.pos ?? node.end));
      return { name, kind: isComponent(name) ? 'component' : 'function', doc: docOf(node), code, undocumented: [] };
    }
    case SyntaxKind.ClassDeclaration: {
      const { members } = /** @type {import('typescript/unstable/ast').ClassDeclaration} */ (node);
      const head = declared(text.slice(start(node), text.indexOf('{', members.pos - 2) + 1));
      // What React asks of it is nobody's to call.
      if (/ extends Component</.test(head)) {
        return { name, kind: 'component', doc: docOf(node), code: head.replace(/\s*\{$/, ''), undocumented: [] };
      }
      const shown = members.filter((member) => isShown(member));
      const lines = shown.map((member) => indented(memberCode(checker, member)));
      return {
        name,
        kind: 'class',
        doc: docOf(node),
        code: lines.length === 0 ? `${head}}` : [head, lines.join('\n\n'), '}'].join('\n'),
        undocumented: shown.filter((member) => docOf(member) === '').map((member) => nameOf(member)),
      };
    }
    case SyntaxKind.VariableDeclaration: {
      const type = checker.getTypeAtLocation(node);
      const code = `const ${name}: ${type ? checker.typeToString(type, node) : 'unknown'}`;
      return { name, kind: 'constant', doc: docOf(node.parent.parent), code, undocumented: [] };
    }
    case SyntaxKind.TypeAliasDeclaration: {
      const { type } = /** @type {import('typescript/unstable/ast').TypeAliasDeclaration} */ (node);
      const written = declared(text.slice(start(node), node.end));
      // What is made from a value says nothing without it.
      const isMade = /\btypeof\b/.test(written);
      const made = isMade ? checker.getTypeFromTypeNode(type) : undefined;
      const flags = NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias;
      const code = made ? `type ${name} = ${checker.typeToString(made, node, flags)};` : written;
      return { name, kind: 'type', doc: docOf(node), code, undocumented: [] };
    }
    default:
      return {
        name,
        kind: 'type',
        doc: docOf(node),
        code: declared(text.slice(start(node), node.end)),
        undocumented: [],
      };
  }
}

/**
 * A member of a class as a declaration has it, with its comment.
 * @param {import('typescript/unstable/sync').Checker} checker
 * @param {import('typescript/unstable/ast').Node} member
 */
function memberCode(checker, member) {
  const { text } = member.getSourceFile();
  const comment = commentOf(member);
  const { body, type, initializer } =
    /** @type {{ body?: { pos: number }, type?: object, initializer?: { pos: number } }} */ (
      /** @type {unknown} */ (member)
    );
  let code = text.slice(start(member), body?.pos ?? member.end);
  if (member.kind === SyntaxKind.PropertyDeclaration && !type && initializer) {
    const found = checker.getTypeAtLocation(member);
    const before = text.slice(start(member), initializer.pos).replace(/\s*=\s*$/, '');
    code = `${before}: ${found ? checker.typeToString(found, member) : 'unknown'}`;
  }
  const line = `${signature(code).replace(/;$/, '')};`;
  return comment === '' ? line : `${dedented(comment)}\n${line}`;
}

/** @param {string} name */
function isComponent(name) {
  return /^[A-Z]/.test(name);
}

/** @param {import('typescript/unstable/ast').Node} member */
function isShown(member) {
  const { name, modifierFlags } =
    /** @type {{ name?: import('typescript/unstable/ast').Node, modifierFlags?: number }} */ (
      /** @type {unknown} */ (member)
    );
  if (name?.kind === SyntaxKind.PrivateIdentifier || INTERNAL.test(docOf(member))) return false;
  return member.kind !== SyntaxKind.Constructor && ((modifierFlags ?? 0) & NOT_SHOWN) === 0;
}

/** @param {import('typescript/unstable/ast').Node} member */
function nameOf(member) {
  const { name } = /** @type {{ name?: import('typescript/unstable/ast').Node }} */ (/** @type {unknown} */ (member));
  return name?.getText() ?? '(unnamed)';
}

/**
 * Where it begins behind its comments.
 * @param {import('typescript/unstable/ast').Node} node
 */
function start(node) {
  return node.getStart();
}

/**
 * The last comment of documentation in front of it, as it stands there.
 * @param {import('typescript/unstable/ast').Node} node
 */
function commentOf(node) {
  const before = node.getSourceFile().text.slice(node.pos, node.getStart());
  return before.match(/\/\*\*(?:(?!\*\/)[\s\S])*\*\/(?=\s*(?:\/\/.*\s*)*$)/)?.[0] ?? '';
}

/**
 * What its comment says.
 * @param {import('typescript/unstable/ast').Node} node
 */
function docOf(node) {
  return commentOf(node)
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/** @param {string} text */
function signature(text) {
  return declared(text.trim());
}

/** @param {string} text */
function declared(text) {
  return text.replace(/^export (?:default )?/, '').replace(/\basync /, '');
}

/** @param {string} text */
function indented(text) {
  return text.replace(/^(?=.)/gm, '  ');
}

/**
 * As it stands in a class, without the class's indentation.
 * @param {string} text
 */
function dedented(text) {
  return text.replace(/\n {2}/g, '\n');
}
