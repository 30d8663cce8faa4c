import type { Provider } from '../../core/repositories/repository.ts'

export const providerWords: Record<Provider, string> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  git: 'Git',
}
