import { type JoinLink, readJoinLink } from '@amphi/client';
import { type OpenedVisit, openVisit } from './opening/opened-visit.ts';
import { readPageOptions } from './page/read-page-options.ts';
import './app.css';

// What goes in comes first and is small; what draws is fetched beside it, and finds the way in half done.
const { href, pathname } = window.location;
const options = readPageOptions(href);
const link = readJoinLink(href);
const wantsDiagnostics = /\/diagnostics(\/|$)/.test(pathname);

let first: OpenedVisit | undefined = link && !wantsDiagnostics ? openVisit(link, options) : undefined;

function open(again: JoinLink): OpenedVisit {
  const visit = first ?? openVisit(again, options);
  first = undefined;
  return visit;
}

// Not awaited: that code uses what is loaded here, and would wait for this module to end.
void import('./page.tsx').then(({ drawPage }) => drawPage({ link, options, wantsDiagnostics, open }));
