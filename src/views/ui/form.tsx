import type { Child } from '#jsx/jsx-runtime'
import type { FieldError } from '../../lib/errors.ts'
import { NoticeBox } from './notice.tsx'

type FormProps = { to: string; children: Child; class?: string; id?: string }

/** A form that changes something. It posts, and the answer is a redirect or the form again. */
export const Form = ({ to, children, class: className, id }: FormProps) => (
  <form method="post" action={to} class={className} {...(id === undefined ? {} : { id })}>
    {children}
  </form>
)

/** The same for a form with a file in it. */
export const FileForm = ({ to, children, class: className }: FormProps) => (
  <form method="post" action={to} class={className} enctype="multipart/form-data">
    {children}
  </form>
)

type ButtonProps = {
  children: Child
  kind?: 'primary' | 'plain' | 'danger' | 'quiet'
  /** Sends the form elsewhere than its own address. */
  to?: string
  label?: string
}

/** Submits the form around it. */
export const Button = ({ children, kind = 'plain', to, label }: ButtonProps) => (
  <button
    type="submit"
    class={`button button-${kind}`}
    aria-label={label}
    {...(to === undefined ? {} : { formaction: to })}
  >
    {children}
  </button>
)

type ButtonLinkProps = { href: string; children: Child; kind?: 'primary' | 'plain' | 'danger' }

/** A link that looks like a button: it leads to a page where something is done. */
export const ButtonLink = ({ href, children, kind = 'plain' }: ButtonLinkProps) => (
  <a href={href} class={`button button-${kind}`}>
    {children}
  </a>
)

/** The one button of a form of its own. */
export const PostButton = ({ to, ...button }: ButtonProps & { to: string }) => (
  <Form to={to} class="inline-form">
    <Button {...button} />
  </Form>
)

/** All that is wrong with a form, above it: each entry leads to its field. */
export const FormProblems = ({ errors }: { errors: readonly FieldError[] }) =>
  errors.length === 0 ? null : (
    <NoticeBox kind="error">
      <ul class="problems">
        {errors.map((error) => (
          <li>
            {error.field === '' ? (
              error.message
            ) : (
              <a href={`#${fieldId(error.field)}`}>{error.message}</a>
            )}
          </li>
        ))}
      </ul>
    </NoticeBox>
  )

/** The id of a field's control, made of its name. */
export const fieldId = (name: string): string => `field-${name.replace(/[^\w-]/g, '-')}`
