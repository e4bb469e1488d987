import { once } from 'node:events'
import type { Command } from 'commander'
import { loadOptional } from '../base/load-optional.ts'
import { shownAddress } from '../base/log-address.ts'
import type { Terminal } from '../terminal.ts'
import { accessOptions } from './access.ts'
import { identityOption } from './admin/admin-of.ts'
import {
  existingFile,
  keyOptions,
  openLogReader,
  type ReadOptions,
  readFileOption
} from './with-reader.ts'

interface Options extends ReadOptions {
  readonly audit: boolean
}

const SDK = '@modelcontextprotocol/sdk'

/** `slm-audit mcp`: lets assistants read the log. */
export function addMcp(program: Command, terminal: Terminal): void {
  const command = program
    .command('mcp')
    .description(
      'lets assistants read the log, masked: a server of the Model Context Protocol, on stdio'
    )
    .option('--no-audit', 'reads leave a record only where the log asks for it')
  const named = identityOption(readFileOption(command))
  keyOptions(accessOptions(named)).action(async (options: Options) => {
    const file = existingFile(options)
    const { makeServer } = await loadOptional(
      'slm-audit mcp',
      SDK,
      () => import('../mcp/make-server.ts')
    )
    const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js')
    const { audit: isAudited, ...words } = options
    const access = { reason: 'an assistant (mcp)', view: 'masked', ...words } as const
    await using reader = await openLogReader(access, { isAudited })
    const server = makeServer(reader)
    const closed = new Promise<void>((resolve) => {
      server.onclose = resolve
    })
    await server.connect(new StdioServerTransport())
    terminal.explain(`assistants read ${shownAddress(file)} here; ends with its input`)
    const ended = [once(process.stdin, 'end'), once(process, 'SIGINT'), once(process, 'SIGTERM')]
    await Promise.race([closed, ...ended])
    await server.close()
  })
}
