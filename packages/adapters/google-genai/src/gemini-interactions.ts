import {
  type CallRequest,
  type CallResponse,
  isObject,
  type Protocol,
  pickDetails,
  providerOf,
  readError,
  readReasoning,
  readToolCalls,
  readToolNames,
  readUsage,
  textMember
} from '@slm-audit/core/adapter'
import {
  finishInteraction,
  type InteractionFold,
  startInteraction,
  stepInteraction
} from './interaction-fold.ts'
import { withoutSecrets } from './model-path.ts'
import { workerModuleOf } from './worker-module.ts'

type Fields = { readonly [name: string]: unknown }

const PATH = /\/v\d\w*(?:\/projects\/[^/]+\/locations\/[^/]+)?\/interactions$/
const DETAILS = ['environment_id', 'service_tier', 'previous_interaction_id', 'created', 'updated']

/**
 * Interactions (`POST /{version}/interactions`) with a model or an agent: plain and streamed, tools of the
 * application's and tools that run at Google, thoughts with signatures.
 *
 * Source: Gemini API reference, "Interactions".
 */
export const geminiInteractions: Protocol<InteractionFold> = {
  name: 'google.interactions',
  framing: 'sse',
  matches: ({ pathname }, method) => method === 'POST' && PATH.test(pathname),
  readRequest,
  readResponse: read,
  throwsAt: ['malformed', 'unstreamed'],
  start: startInteraction,
  step: stepInteraction,
  isLast: (event) => isObject(event) && event.event_type === 'interaction.completed',
  leavesOut: { '/event_id': 'it tells events apart' },
  finish: (fold) => read(finishInteraction(fold)),
  workerModule: workerModuleOf(() => geminiInteractions)
}

function readRequest(body: unknown, url: URL): CallRequest {
  const provider = providerOf(url, 'gcp.gen_ai')
  if (!isObject(body)) return { operation: 'chat', provider, input: body }
  const { model, input, system_instruction: system, tools, stream, ...rest } = body
  const { generation_config: config, ...settings } = rest
  return {
    operation: body.agent === undefined ? 'chat' : 'invoke_agent',
    provider,
    ...textMember('model', model),
    input: system === undefined ? input : { system_instruction: system, input },
    settings: {
      ...(withoutSecrets(settings) as Fields),
      ...(isObject(config) ? config : config !== undefined && { generation_config: config })
    },
    ...(typeof stream === 'boolean' && { stream }),
    ...(tools !== undefined && { tools: withoutSecrets(tools), toolNames: readToolNames(tools) })
  }
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { steps, status } = value
  const output = Array.isArray(steps) ? steps : undefined
  const usage = readUsage(value.usage)
  const reasoning = readReasoning(output ?? [])
  const error = errorOf(value)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...(output && { output, toolCalls: readToolCalls(output) }),
    ...(typeof status === 'string' && { finishReasons: [status] }),
    ...(usage && { usage }),
    ...(reasoning && { reasoning }),
    ...pickDetails(value, DETAILS),
    ...(error && { error })
  }
}

/** An error in the answer's place, or why an interaction failed. */
function errorOf({ error, errors, status }: Fields): CallResponse['error'] {
  const [first] = Array.isArray(errors) ? errors : []
  return readError(error ?? (status === 'failed' ? first : undefined))
}
