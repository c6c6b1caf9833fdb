import type { QueryClient } from '@tanstack/react-query';
import { createBrowserRouter } from 'react-router';
import { AppPage } from './app-page/app-page.tsx';
import { AppsPage } from './apps/apps-page.tsx';
import { ChooseKitPage } from './apps/choose-kit-page.tsx';
import { CreateAppPage } from './apps/create-app-page.tsx';
import { DeveloperPage } from './developer/developer-page.tsx';
import { DoctorPage } from './doctor/doctor-page.tsx';
import { LookPage } from './look/look-page.tsx';
import { InvitationPage } from './members/invitation-page.tsx';
import { MembersPage } from './members/members-page.tsx';
import { RecordingsPage } from './recordings/recordings-page.tsx';
import { RolePage } from './roles/role-page.tsx';
import { RolesPage } from './roles/roles-page.tsx';
import { TemplatePage } from './roles/template-page.tsx';
import { RoomPage } from './rooms/room-page.tsx';
import { RoomsPage } from './rooms/rooms-page.tsx';
import { SessionPage } from './sessions/session-page.tsx';
import { SessionsPage } from './sessions/sessions-page.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { OwnerOnly } from './shell/owner-only.tsx';
import { PageFault } from './shell/page-fault.tsx';
import { Shell } from './shell/shell.tsx';
import { oneTimeSignIn } from './sign-in/one-time-sign-in.ts';
import { SignInPage } from './sign-in/sign-in-page.tsx';
import { WelcomePage } from './sign-in/welcome-page.tsx';
import { StoragePage } from './storage/storage-page.tsx';
import { UsagePage } from './usage/usage-page.tsx';

/** Addresses of the dashboard, below `/dashboard`. */
export function createDashboardRouter(client: QueryClient): ReturnType<typeof createBrowserRouter> {
  return createBrowserRouter(
    [
      {
        ErrorBoundary: PageFault,
        HydrateFallback: Nothing,
        children: [
          { path: '/sign-in', loader: oneTimeSignIn(client), Component: SignInPage },
          { path: '/invitation', Component: InvitationPage },
          {
            Component: OwnerOnly,
            children: [
              { path: '/welcome', Component: WelcomePage },
              {
                Component: Shell,
                children: [
                  {
                    ErrorBoundary: PageFault,
                    children: [
                      { index: true, Component: AppsPage },
                      { path: '/apps/new', Component: ChooseKitPage },
                      { path: '/apps/new/:kit', Component: CreateAppPage },
                      { path: '/apps/:appId', Component: AppPage },
                      { path: '/apps/:appId/look', Component: LookPage },
                      { path: '/apps/:appId/roles', Component: RolesPage },
                      { path: '/apps/:appId/roles/:role', Component: RolePage },
                      { path: '/apps/:appId/storage', Component: StoragePage },
                      { path: '/apps/:appId/template', Component: TemplatePage },
                      { path: '/rooms', Component: RoomsPage },
                      { path: '/rooms/:roomId', Component: RoomPage },
                      { path: '/sessions', Component: SessionsPage },
                      { path: '/sessions/:sessionId', Component: SessionPage },
                      { path: '/recordings', Component: RecordingsPage },
                      { path: '/usage', Component: UsagePage },
                      { path: '/members', Component: MembersPage },
                      { path: '/developer', Component: DeveloperPage },
                      { path: '/doctor', Component: DoctorPage },
                      { path: '*', Component: NotFoundPage },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
    { basename: '/dashboard/' },
  );
}

/** While the loader of the first page runs. */
function Nothing() {
  return null;
}
