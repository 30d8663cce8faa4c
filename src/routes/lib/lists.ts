/** The entries of a list that a form has in one field, with commas between them. */
export const listIn = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
