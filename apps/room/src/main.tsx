import { readJoinLink } from '@amphi/client';
import { applyStoredTheme, ErrorBoundary } from '@amphi/ui';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { parentPage } from './embedding/parent-page.ts';
import { CrashScreen } from './end/crash-screen.tsx';
import { PageOptionsProvider, readPageOptions } from './page/page-options.ts';
import { RoomApp } from './room-app.tsx';
import { Speaking } from './words/speaking.tsx';
import { SpokenUi } from './words/spoken-ui.tsx';
import './app.css';

/** Few ever need it. */
const DiagnosticsPage = lazy(() => import('./diagnostics/diagnostics-page.tsx'));

const options = readPageOptions(window.location.href);
applyStoredTheme(options.theme);

const parent = options.parentOrigin === undefined ? undefined : parentPage(window, options.parentOrigin);

const link = readJoinLink(window.location.href);
const wantsDiagnostics = /\/diagnostics(\/|$)/.test(window.location.pathname);

const root = document.getElementById('root');
if (root === null) throw new Error('invariant broken: index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <Speaking wanted={options.language}>
      <ErrorBoundary fallback={(error) => <CrashScreen error={error} />}>
        <SpokenUi>
          <PageOptionsProvider value={options}>
            {wantsDiagnostics ? (
              <Suspense>
                <DiagnosticsPage link={link} />
              </Suspense>
            ) : (
              <RoomApp link={link} parent={parent} />
            )}
          </PageOptionsProvider>
        </SpokenUi>
      </ErrorBoundary>
    </Speaking>
  </StrictMode>,
);
parent?.tell({ name: 'ready', detail: {} });
