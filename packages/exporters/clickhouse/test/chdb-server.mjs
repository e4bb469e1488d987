// chdb-server.mjs FOLDER: ClickHouse's engine in this process (the package chdb in FOLDER), behind as much of the
// server's HTTP interface as @clickhouse/client uses. Prints the port. For tests: a client is answered by the real
// engine, over a real socket.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(join(process.argv[2], 'package.json'))
const { Session } = require('chdb')
const session = new Session()
/** Parameters of the address that are no settings. */
const NO_SETTINGS = new Set(['query', 'query_id', 'session_id', 'database', 'default_format'])

const server = createServer(async (request, response) => {
  const parts = []
  for await (const part of request) parts.push(part)
  const { searchParams } = new URL(request.url, 'http://localhost')
  const body = Buffer.concat(parts).toString()
  const query = searchParams.get('query')
  try {
    for (const [name, value] of searchParams) {
      if (!NO_SETTINGS.has(name)) session.query(`SET ${name} = ${Number(value)}`)
    }
    const answer = session.query(query === null ? body : `${query}\n${body}`)
    response.end(answer)
  } catch (error) {
    const [, code = '1', type = 'UNKNOWN'] =
      /Code: (\d+)\..*\(([A-Z_]+)\)\s*$/s.exec(error.message) ?? []
    response.writeHead(500, { 'x-clickhouse-exception-code': code })
    response.end(`Code: ${code}. DB::Exception: ${error.message} (${type}) (version 26)`)
  }
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.on('disconnect', () => process.exit())
