import swc from '@swc/core';
import swcVisitor from '@swc/core/Visitor.js';

// dependency-cruiser 17 calls swc without `tsx` (its src/extract/swc/parse.mjs), so that every .tsx file is a syntax error,
// and swc's visitor knows no `using` declarations. Both are mended here, in the process that reads this file.
const { parseFileSync } = swc;
swc.parseFileSync = (path, options) => parseFileSync(path, { ...options, tsx: path.endsWith('.tsx') });
const { prototype } = swcVisitor.Visitor;
const { visitStatement } = prototype;
prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

/** The import table (docs/architecture.md, "Who may import whom"). Cycles, deep paths and app-to-app imports fail. */

const PACKAGES = {
  base: [],
  layout: [],
  ui: [],
  'create-app': [],
  protocol: ['base'],
  rtp: ['base'],
  mp4: ['base'],
  hls: ['base'],
  rtmp: ['base'],
  outbound: [],
  sdp: ['base', 'rtp'],
  rooms: ['base', 'protocol'],
  signaling: ['base', 'protocol'],
  client: ['base', 'protocol', 'signaling'],
  sfu: ['base', 'rtp', 'sdp'],
  media: ['base', 'rtp', 'layout'],
  react: ['client', 'protocol'],
  player: ['base', 'hls', 'protocol'],
  origin: ['base', 'protocol', 'hls'],
  store: ['base', 'protocol'],
};

const APPS = {
  server: ['base', 'protocol', 'rooms', 'sdp', 'sfu', 'store', 'origin', 'outbound', 'rtmp'],
  egress: ['base', 'protocol', 'signaling', 'rtp', 'layout', 'media', 'mp4', 'hls', 'rtmp', 'outbound'],
  origin: ['base', 'origin'],
  dashboard: ['protocol', 'ui', 'player', 'layout'],
  room: ['client', 'react', 'player', 'layout', 'ui', 'protocol'],
};

/** Packages that must run in a browser as well as in Node: no `node:` modules, no DOM. */
const ANYWHERE = ['base', 'protocol', 'signaling', 'rooms', 'rtp', 'sdp', 'layout', 'mp4', 'hls', 'rtmp'];
const TESTS = '(\\.test\\.tsx?$|/test/)';

const rule = (folder, name, allowed) => ({
  name: `${folder}/${name}`,
  comment: `${folder}/${name} may import only: ${allowed.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^${folder}/${name}/`, pathNot: TESTS },
  to: {
    path: '^(packages|apps)/',
    pathNot: [`^${folder}/${name}/`, ...allowed.map((p) => `^packages/${p}/src/(embed/)?index\\.tsx?$`)].join('|'),
  },
});

export default {
  forbidden: [
    ...Object.entries(PACKAGES).map(([name, allowed]) => rule('packages', name, allowed)),
    ...Object.entries(APPS).map(([name, allowed]) => rule('apps', name, allowed)),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'testkit-in-tests-only',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: [TESTS, '^packages/testkit/'].join('|') },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'tests-enter-packages-by-the-front-door',
      severity: 'error',
      from: { path: '^(e2e|bench)/' },
      to: {
        path: '^packages/[^/]+/',
        pathNot:
          '^packages/([^/]+/src/(embed/)?index|testkit/src/(barcode|page-checks|(fuzz|synthetic)/index))\\.tsx?$',
      },
    },
    {
      name: 'embedding-stands-alone',
      comment: 'A page that has the room app in a frame loads none of the SDK with it',
      severity: 'error',
      from: { path: '^packages/client/src/embed/', pathNot: TESTS },
      to: { pathNot: '^packages/client/src/embed/' },
    },
    {
      name: 'runs-anywhere',
      comment: 'No node: modules in packages that also run in a browser',
      severity: 'error',
      from: { path: `^packages/(${ANYWHERE.join('|')})/src/`, pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-importer-of-the-codec-library',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: ['^packages/media/', TESTS].join('|') },
      to: { path: 'node_modules/(node-av|@napi-rs/canvas)/' },
    },
    {
      name: 'one-importer-of-mediasoup',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: ['^packages/sfu/', TESTS].join('|') },
      to: { path: 'node_modules/mediasoup/' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/in-page/)' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
    tsPreCompilationDeps: true,
  },
};
