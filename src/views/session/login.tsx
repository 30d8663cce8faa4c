import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Check } from '../ui/field.tsx'
import { Button, Form } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'

type LoginPageProps = {
  shell: Shell
  error: string | null
  /** Where to go afterwards: a path of this server. */
  next: string
}

/** Sign in with the admin token. */
export const LoginPage = ({ shell, error, next }: LoginPageProps) => (
  <Page shell={shell} title="Sign in" width="narrow">
    <div class="login">
      <h1>Sign in to Oore</h1>
      {error !== null && <NoticeBox kind="error">{error}</NoticeBox>}
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
            autofocus={true}
          />
          <p class="hint" id="token-hint">
            The value of <code>OORE_ADMIN_TOKEN</code> on the server.
          </p>
        </div>
        <Check name="remember" label="Remember me on this device" checked={false} />
        <Button kind="primary">Sign in</Button>
      </Form>
    </div>
  </Page>
)
