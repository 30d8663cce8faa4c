/* The parts of node-forge, which its types know only as a whole. */

declare module 'node-forge/lib/asn1.js' {
  import type { asn1 } from 'node-forge'
  const part: typeof asn1
  export default part
}

declare module 'node-forge/lib/rc2.js' {
  import type { rc2 } from 'node-forge'
  const part: typeof rc2
  export default part
}

declare module 'node-forge/lib/util.js' {
  import type { util } from 'node-forge'
  const part: typeof util
  export default part
}
