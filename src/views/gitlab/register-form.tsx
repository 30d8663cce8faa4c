import { gitlabScopes } from '../../core/gitlab/instance.ts'
import type { FieldError } from '../../lib/errors.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { Check, TextField } from '../ui/field.tsx'
import { Button, Form, FormProblems } from '../ui/form.tsx'
import { Code } from '../ui/text.tsx'

/** What was typed, by field name. The secret is never sent back. */
export type RegisterValues = {
  instance: string
  client_id: string
  allow_private_network: boolean
  skip_tls_verification: boolean
}

type RegisterFormProps = {
  /** For its own setup, and for people who sign in there. */
  redirectUris: readonly string[]
  values: RegisterValues
  errors: readonly FieldError[]
  isFirst: boolean
}

/** Registers the application that somebody made at a GitLab. */
export const RegisterForm = ({ redirectUris, values, errors, isFirst }: RegisterFormProps) => (
  <section class="section" aria-labelledby="register-title">
    <h2 id="register-title">{isFirst ? 'Register a GitLab' : 'Register another GitLab'}</h2>
    <div class="narrow-column">
      <ol class="steps-to-take">
        <li>
          At GitLab, under <strong>Admin → Applications</strong>, or under{' '}
          <strong>Preferences → Applications</strong> at gitlab.com, add an application.
        </li>
        <li>
          Its redirect URIs, each on a line: to connect it, and for people who sign in with it.
          <Copy text={redirectUris.join('\n')} label="Copy the redirect URIs" />
          {redirectUris.map((uri) => (
            <div>
              <code class="breakable">{uri}</code>
            </div>
          ))}
        </li>
        <li>
          Its scopes: <Code>{gitlabScopes.join(', ')}</Code>. It is confidential.
        </li>
        <li>Enter here what GitLab then shows, once.</li>
      </ol>
      <FormProblems errors={errors} />
      <Form to={paths.registerGitlab()} class="stack">
        <TextField
          name="instance"
          label="Address"
          type="text"
          value={values.instance}
          errors={errors}
          required
          mono
          placeholder="https://gitlab.com"
          hint="With its path, where GitLab lies below one."
        />
        <TextField
          name="client_id"
          label="Application ID"
          value={values.client_id}
          errors={errors}
          required
          mono
        />
        <TextField
          name="client_secret"
          label="Secret"
          type="password"
          value=""
          errors={errors}
          required
          hint="Kept encrypted, and never shown again."
        />
        <Check
          name="allow_private_network"
          label="It is in a private network, and Oore may call it there"
          checked={values.allow_private_network}
        />
        <Check
          name="skip_tls_verification"
          label="Take any certificate: whoever stands between can then read tokens and change code"
          checked={values.skip_tls_verification}
        />
        <div class="actions">
          <Button kind="primary">Register</Button>
        </div>
      </Form>
    </div>
  </section>
)
