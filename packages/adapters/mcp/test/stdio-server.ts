// Started by a test as a process of its own.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import * as types from '@modelcontextprotocol/sdk/types.js'
import { CAPABILITIES, INFO, serve } from './server.ts'

const server = new Server(INFO, CAPABILITIES)
serve(server, types)
await server.connect(new StdioServerTransport())
