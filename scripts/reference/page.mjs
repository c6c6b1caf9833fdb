/** @typedef {import('./public-symbols.mjs').PublicSymbol} PublicSymbol */

/** @type {readonly { readonly title: string, readonly has: (symbol: PublicSymbol) => boolean }[]} */
const SECTIONS = [
  { title: 'Hooks', has: ({ kind, name }) => kind === 'function' && isHook(name) },
  { title: 'Components', has: ({ kind }) => kind === 'component' },
  { title: 'Functions', has: ({ kind, name }) => kind === 'function' && !isHook(name) },
  { title: 'Classes', has: ({ kind }) => kind === 'class' },
  { title: 'Constants', has: ({ kind }) => kind === 'constant' },
  { title: 'Types', has: ({ kind }) => kind === 'type' },
];

/**
 * The page of a package in Markdown.
 * @param {string} name as it is imported, without the scope
 * @param {readonly PublicSymbol[]} symbols
 */
export function referencePage(name, symbols) {
  const sections = SECTIONS.map(({ title, has }) => ({ title, symbols: symbols.filter(has) })).filter(
    ({ symbols }) => symbols.length > 0,
  );
  const contents = sections.map(
    ({ title, symbols }) =>
      `- **${title}**: ${symbols.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(', ')}`,
  );
  return [
    `# Reference: @amphi/${name}`,
    `Everything that \`@amphi/${name}\` exports. Made by \`npm run reference\` from the types and the words above them: change those. How it is used
is in the [README](../../packages/${name.split('/', 1)[0]}/README.md).`,
    contents.join('\n'),
    ...sections.flatMap(({ title, symbols }) => [`## ${title}`, ...symbols.map(entry)]),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/** @param {PublicSymbol} symbol */
function entry({ name, doc, code }) {
  return [`### ${name}`, words(doc), ['```ts', code, '```'].join('\n')].join('\n\n');
}

/**
 * What a comment says, its tags as a list.
 * @param {string} doc
 */
function words(doc) {
  const [said = '', ...tags] = doc.split(/^@/m);
  const list = tags.map((tag) => {
    const [, word = '', rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(tag.trim()) ?? [];
    const text = rest.replace(/\s+/g, ' ');
    if (word === 'param') return text.replace(/^(\S+)\s+/, '- `$1`: ');
    return `- ${word === 'returns' ? 'gives' : word} ${text}`;
  });
  return [said.trim(), list.join('\n')].filter((part) => part !== '').join('\n\n');
}

/** @param {string} name */
function isHook(name) {
  return /^use[A-Z]/.test(name);
}
