// Asks a server the questions of fixtures and keeps its answers: record-fixtures.ts <url> <folder ...>
// The address in `request.json` stays as it is; its path and body are sent to the server at <url>.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ANSWERS = { 'text/event-stream': 'chunks.txt', 'application/json': 'response.json' } as const
const [server, ...folders] = process.argv.slice(2)
if (server === undefined || folders.length === 0) {
  throw new TypeError('usage: record-fixtures.ts <url> <folder ...>')
}
for (const folder of folders) {
  const { url, body } = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8')) as {
    readonly url: string
    readonly body: object
  }
  const response = await fetch(new URL(new URL(url).pathname, server), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  const answer = new Uint8Array(await response.arrayBuffer())
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  const file = ANSWERS[type as keyof typeof ANSWERS]
  if (!response.ok || file === undefined) {
    throw new Error(`${folder}: ${response.status} ${type} ${new TextDecoder().decode(answer)}`)
  }
  for (const other of Object.values(ANSWERS)) rmSync(join(folder, other), { force: true })
  writeFileSync(join(folder, file), answer)
  console.log(`${folder}: ${answer.length} bytes in ${file}`)
}
