import { Button } from '@amphi/ui';
import { useEffect } from 'react';
import { Link, Navigate, useNavigate } from 'react-router';
import { useOwner } from '../shell/owner-only.tsx';
import { PasswordForm } from '../shell/password-form.tsx';
import { FrontFrame } from './front-frame.tsx';

/** After the one-time link: asks for a password, so that the owner can come back. May be skipped. */
export function WelcomePage() {
  const owner = useOwner();
  const navigate = useNavigate();
  useEffect(() => {
    document.title = 'Welcome · Amphi';
  }, []);
  if (owner.hasPassword) return <Navigate replace to="/" />;
  return (
    <FrontFrame
      title="Welcome"
      lead={
        <>
          You are signed in as <strong className="font-semibold text-ink">{owner.email}</strong>. The link you used
          works only once: set a password to come back later.
        </>
      }
    >
      <PasswordForm
        owner={owner}
        onDone={() => navigate('/', { replace: true })}
        buttons={(saving) => (
          <div className="mt-2 flex flex-col gap-2">
            <Button type="submit" variant="primary" size="lg" busy={saving} data-testid="password-submit">
              Save and go on
            </Button>
            <Button asChild variant="quiet" size="lg">
              <Link to="/" replace data-testid="skip-password">
                Not now
              </Link>
            </Button>
          </div>
        )}
      />
    </FrontFrame>
  );
}
