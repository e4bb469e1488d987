import OpenAI from 'openai'
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket'
import { ResponsesWSBase } from 'openai/resources/responses/ws-base'
import { vi } from 'vitest'
import { FakeSocket } from './fake-socket.ts'

type Event = { readonly [name: string]: unknown }

const client = new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' })

/** A session of responses over a socket whose server is the test. */
export class ResponsesSession extends ResponsesWSBase<FakeSocket> {
  constructor() {
    super(client, {})
    this._connectInitial()
  }

  protected override _createSocket(): FakeSocket {
    return new FakeSocket()
  }
}

/** A realtime session over a socket whose server is the test. */
export function realtime() {
  vi.stubGlobal('WebSocket', FakeSocket)
  const session = new OpenAIRealtimeWebSocket({ model: 'gpt-realtime' }, client)
  return { session, socket: session.socket as unknown as FakeSocket }
}

/** A request of a session of responses. */
export const ask = (input: string, more: Event = {}) =>
  ({ type: 'response.create', model: 'gpt-m', input, ...more }) as never
