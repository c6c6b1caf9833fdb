import type { JoinLink } from '@amphi/client';
import { applyStoredTheme, ErrorBoundary } from '@amphi/ui';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { parentPage } from './embedding/parent-page.ts';
import { CrashScreen } from './end/crash-screen.tsx';
import type { OpenedVisit } from './opening/opened-visit.ts';
import { PageOptionsProvider } from './page/page-options.ts';
import type { PageOptions } from './page/read-page-options.ts';
import { RoomApp } from './room-app.tsx';
import { Speaking } from './words/speaking.tsx';
import { SpokenUi } from './words/spoken-ui.tsx';

/** Few ever need it. */
const DiagnosticsPage = lazy(() => import('./diagnostics/diagnostics-page.tsx'));

/** What the page is to draw, and how its visits begin. */
interface Page {
  readonly root: HTMLElement;
  readonly link: JoinLink | undefined;
  readonly options: PageOptions;
  readonly wantsDiagnostics: boolean;
  /** Gives the visit that has begun with the page, and a new one each time after it. */
  readonly open: (link: JoinLink) => OpenedVisit;
}

/** Draws the page; once. */
export function drawPage({ root, link, options, wantsDiagnostics, open }: Page): void {
  applyStoredTheme(options.theme);
  const parent = options.parentOrigin === undefined ? undefined : parentPage(window, options.parentOrigin);
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
                <RoomApp link={link} parent={parent} open={open} />
              )}
            </PageOptionsProvider>
          </SpokenUi>
        </ErrorBoundary>
      </Speaking>
    </StrictMode>,
  );
  parent?.tell({ name: 'ready', detail: {} });
}
