import { createHmac, timingSafeEqual } from 'node:crypto'
import { appendFile } from 'node:fs'
import { createServer } from 'node:http'

/*
 * The least a server could do, as the limit beside Oore's figures: GET answers so many bytes, POST
 * checks the signature and appends the body to a file before it answers.
 * Arguments: bytes of an answer, the file, the secret. Prints its port.
 */

const [bytes = '0', file = '', secret = ''] = process.argv.slice(2)
const page = Buffer.alloc(Number(bytes), 'x')

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(page)
    return
  }
  /** @type {Buffer[]} */
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const wanted = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
    const found = Buffer.from(String(request.headers['x-oore-signature-256']))
    if (wanted.length !== found.length || !timingSafeEqual(wanted, found)) {
      response.writeHead(401).end()
      return
    }
    appendFile(file, Buffer.concat([body, Buffer.from('\n')]), () => response.writeHead(202).end())
  })
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' ? address?.port : '')
})
