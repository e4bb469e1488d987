import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AuditError, createAuditLog, processSigner } from 'slm-audit'
import { afterEach, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) await stop(child)
})

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

async function startSigner(folder: string, socket = join(folder, 'socket'), mode = '600') {
  const program = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
  const options = ['--socket', socket, '--key', join(folder, 'key'), '--mode', mode]
  const child = spawn(
    process.execPath,
    [program, 'signer', '--name', 'example.com/bot', ...options],
    { stdio: ['ignore', 'pipe', 'ignore'] }
  )
  children.push(child)
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { child, line: String(line).trim(), socket }
}

async function oneCall(file: string, socket: string): Promise<AuditError[]> {
  const problems: AuditError[] = []
  const log = await createAuditLog({
    file,
    key: await processSigner(socket),
    stateFolder: false,
    onProblem: (problem) => problems.push(problem)
  })
  await log.record({ operation: 'chat', provider: 'p', input: 'q' }, async () => 'a')
  await log.close()
  return problems
}

/** What the signer says to a line. */
function say(socket: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const connection = connect(socket, () => connection.write(`${line}\n`))
    connection.setEncoding('utf8').on('error', reject)
    connection.on('data', (part) => {
      answer += part
    })
    connection.on('end', () => resolve(answer))
  })
}

describe('slm-audit signer', () => {
  test('signs for an application that never has the key, also after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slm-audit-signer-'))
    const file = join(folder, 'audit.db')
    const { child, line, socket } = await startSigner(folder)
    expect(line).toMatch(/^log example\.com\/bot\+/)
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    const options = ['--name', 'example.com/bot', '--socket', socket, '--key', join(folder, 'key')]
    expect(await cli('signer', ...options)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/a signer runs at/)
    })
    expect(await oneCall(file, socket)).toEqual([])
    await stop(child)
    await startSigner(folder)
    expect(await oneCall(file, socket)).toEqual([])
    expect(existsSync(`${file}.key`)).toBe(false)
    const policy = join(folder, 'policy')
    writeFileSync(policy, `${line}\nquorum none\n`)
    const { code, out } = await cli('verify', '--file', file, '--against', policy, '--strict')
    expect([code, out]).toEqual([0, expect.stringMatching(/held by another process/)])
  })

  test('signs no log that was shortened, though nothing else is left that knows it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slm-audit-signer-'))
    const file = join(folder, 'audit.db')
    const { socket } = await startSigner(folder)
    await oneCall(file, socket)
    await oneCall(file, socket)
    for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true })
    const problems = await oneCall(file, socket)
    expect(problems.map(({ message }) => message).join('\n')).toMatch(
      /a checkpoint of 5 records is signed already, and this one says 3/
    )
    const { out } = await cli('verify', '--file', file, '--json')
    expect(JSON.parse(out)).toMatchObject({ checkpoints: 0, unsigned: 3 })
  })

  test('signs nothing but checkpoints of its log, and answers junk with an error', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slm-audit-signer-'))
    const { socket } = await startSigner(folder)
    const root = Buffer.alloc(32).toString('base64')
    const sign = (text: string) =>
      say(socket, JSON.stringify({ sign: Buffer.from(text).toString('base64') }))
    expect(await sign(`example.com/bot\n5\n${root}\n`)).toMatch(/"signature"/)
    for (const text of [
      `example.com/bot\n4\n${root}\n`,
      `example.com/bot\n5\n${Buffer.alloc(32, 1).toString('base64')}\n`,
      `example.com/other\n9\n${root}\n`,
      `example.com/bot\n9\n${root}\nmore\n`,
      'a letter\n'
    ]) {
      expect(await sign(text)).toMatch(/^\{"error"/)
    }
    for (const line of ['junk', '{}', 'null', `{"sign":"${'A'.repeat(10_000)}"}`]) {
      expect(await say(socket, line)).toMatch(/^\{"error"/)
    }
    expect(readFileSync(join(folder, 'key.counter'), 'utf8')).toMatch(/^example\.com\/bot\n5\n/)
  })

  test('lets through whom it lets connect', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slm-audit-signer-'))
    const { socket } = await startSigner(folder, join(folder, 'run/signer'), '660')
    const modes = [join(folder, 'run'), socket].map((path) => statSync(path).mode & 0o777)
    expect(modes).toEqual([0o710, 0o660])
  })

  test('that is away is said with the next step', async () => {
    await expect(processSigner('/nowhere/socket')).rejects.toMatchObject({
      code: 'bad_key',
      message: expect.stringMatching(/slm-audit signer runs there/)
    })
  })
})
