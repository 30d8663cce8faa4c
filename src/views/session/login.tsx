import type { SignInProviderKey } from '../../core/users/user.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Check } from '../ui/field.tsx'
import { Button, Form } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Theirs } from '../ui/text.tsx'

/** A forge where people can sign in. */
export type LoginDoor = { provider: SignInProviderKey; instance: string; name: string }

type LoginPageProps = {
  shell: Shell
  error: string | null
  /** Where to go afterwards: a path of this server. */
  next: string
  doors: readonly LoginDoor[]
}

/** Sign in at a forge that is connected, or with the admin token. */
export const LoginPage = ({ shell, error, next, doors }: LoginPageProps) => (
  <Page shell={shell} title="Sign in" width="narrow">
    <div class="login">
      <h1>Sign in to Oore</h1>
      {error !== null && (
        <NoticeBox kind="error">
          <Theirs>{error}</Theirs>
        </NoticeBox>
      )}
      {doors.length > 0 && <Doors doors={doors} next={next} />}
      {doors.length > 0 && <h2>Or with the admin token</h2>}
      <Form to={paths.login()} class="stack">
        <input type="hidden" name="next" value={next} />
        {/* Nothing is sent of it: password managers want a name to keep the token under. */}
        <input
          type="text"
          value="admin"
          autocomplete="username"
          aria-label="User name"
          hidden={true}
          readonly={true}
        />
        <div class="field">
          <label for="token">Admin token</label>
          <input
            class="input mono"
            id="token"
            name="token"
            type="password"
            autocomplete="current-password"
            aria-describedby="token-hint"
            required={true}
            autofocus={doors.length === 0}
          />
          <p class="hint" id="token-hint">
            The value of <code>OORE_ADMIN_TOKEN</code> on the server.
          </p>
        </div>
        <Check name="remember" label="Remember me on this device" checked={false} />
        <Button kind={doors.length === 0 ? 'primary' : 'plain'}>
          {doors.length === 0 ? 'Sign in' : 'Sign in with the token'}
        </Button>
      </Form>
    </div>
  </Page>
)

/** One form for all: the button says where to, and what is remembered is asked once. */
const Doors = ({ doors, next }: { doors: readonly LoginDoor[]; next: string }) => (
  <Form to={paths.signInAt(doors[0]!.provider)} class="stack doors">
    <input type="hidden" name="next" value={next} />
    {doors.map(({ provider, instance, name }) => (
      <button
        type="submit"
        class="button button-primary"
        formaction={paths.signInAt(provider)}
        name="instance"
        value={instance}
      >
        Sign in with <Theirs>{name}</Theirs>
      </button>
    ))}
    <Check name="remember" label="Remember me on this device" checked={false} />
  </Form>
)
