import { once } from 'node:events'
import { openReader } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { loadOptional } from '../base/load-optional.ts'
import type { Terminal } from '../terminal.ts'
import { accessIn, accessOptions } from './access.ts'
import { existingDatabase, keyOptions, type ReadOptions } from './with-reader.ts'

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
    .option('-f, --file <path>', 'the database (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)')
  keyOptions(accessOptions(command)).action(async (options: Options) => {
    const file = existingDatabase(options)
    const { makeServer } = await loadOptional(
      'slm-audit mcp',
      SDK,
      () => import('../mcp/make-server.ts')
    )
    const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js')
    const access = accessIn({ reason: 'an assistant (mcp)', view: 'masked', ...options })
    await using reader = await openReader(file, { access, isAudited: options.audit })
    const server = makeServer(reader)
    const closed = new Promise<void>((resolve) => {
      server.onclose = resolve
    })
    await server.connect(new StdioServerTransport())
    terminal.explain(`assistants read ${file} here; ends with its input`)
    const ended = [once(process.stdin, 'end'), once(process, 'SIGINT'), once(process, 'SIGTERM')]
    await Promise.race([closed, ...ended])
    await server.close()
  })
}
