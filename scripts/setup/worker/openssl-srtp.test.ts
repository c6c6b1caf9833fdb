import { expect, it } from 'vitest';
import { sourceLines, sourceStanzas } from './openssl-srtp.mjs';

it("turns Debian's own stanzas into source entries, keeping the key and dropping the rest", () => {
  const text = `# made by the installer
Types: deb
URIs: http://deb.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://deb.example/debian-security
Suites: bookworm-security
Components: main
Architectures: amd64

Types: deb
URIs: http://other.example
Suites: nodistro
Components: main

Enabled: no
Types: deb
URIs: http://off.example
Suites: bookworm
Components: main
`;
  expect(sourceStanzas(text, 'bookworm')).toBe(`Types: deb-src
URIs: http://deb.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://deb.example/debian-security
Suites: bookworm-security
Components: main
`);
});

it('does the same for lines', () => {
  const text = `deb [signed-by=/k.gpg] http://deb.example/debian bookworm main contrib
# deb http://deb.example/debian bookworm main
deb-src http://deb.example/debian bookworm main
deb http://vendor.example/apt cloud-bookworm main
deb http://deb.example/security bookworm-security main
`;
  expect(sourceLines(text, 'bookworm')).toBe(
    'deb-src [signed-by=/k.gpg] http://deb.example/debian bookworm main contrib\n' +
      'deb-src http://deb.example/security bookworm-security main\n',
  );
});

it('gives nothing for another release', () => {
  expect(sourceLines('deb http://deb.example/debian bookworm main', 'trixie')).toBe('');
  expect(sourceStanzas('Types: deb\nSuites: bookworm\n', 'trixie')).toBe('');
});
