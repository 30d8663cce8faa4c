import type { Child } from '#jsx/jsx-runtime'
import { Button, Form } from './form.tsx'

type ConfirmProps = {
  title: string
  to: string
  action: string
  back: string
  keep: string
  children: Child
}

/** A question before something that cannot be undone. A page, or the content of the dialog. */
export const Confirm = ({ title, to, action, back, keep, children }: ConfirmProps) => (
  <Form to={to} class="confirm" id="confirm">
    <h1>{title}</h1>
    {children}
    <div class="actions">
      <Button kind="danger">{action}</Button>
      <a class="button button-plain" href={back} data-close-dialog="">
        {keep}
      </a>
    </div>
  </Form>
)
