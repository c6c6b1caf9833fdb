import { type JoinLink, readJoinLink } from '@amphi/client';
import { type OpenedVisit, openVisit } from './opening/opened-visit.ts';
import { tellPageMissing } from './opening/page-missing.ts';
import { readPageOptions } from './page/read-page-options.ts';
import './app.css';

// What goes in comes first and is small; what draws is fetched beside it, and finds the way in half done.
const { href, pathname } = window.location;
const options = readPageOptions(href);
const link = readJoinLink(href);
const wantsDiagnostics = /\/diagnostics(\/|$)/.test(pathname);

const root = document.getElementById('root');
if (root === null) throw new Error('invariant broken: index.html has no #root');

let first: OpenedVisit | undefined = link && !wantsDiagnostics ? openVisit(link, options) : undefined;

function open(again: JoinLink): OpenedVisit {
  const visit = first ?? openVisit(again, options);
  first = undefined;
  return visit;
}

// Not awaited: that code uses what is loaded here, and would wait for this module to end.
void import('./page.tsx').then(
  ({ drawPage }) => drawPage({ root, link, options, wantsDiagnostics, open }),
  () => {
    // Nobody sees the room that this visit is in.
    first?.close();
    tellPageMissing();
  },
);
