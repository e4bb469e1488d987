import {
  type CallRequest,
  isBefore,
  isObject,
  type Protocol,
  type StreamFault
} from '@slm-audit/core/adapter'
import { type AnswerFold, finishAnswer, startAnswer, stepAnswer } from './answer-fold.ts'
import { readPath, readTarget, readTools } from './model-path.ts'
import { readGenerated } from './read-generated.ts'
import { workerModuleOf } from './worker-module.ts'

const METHODS = new Set(['generateContent', 'streamGenerateContent'])

/** As the package names itself in its user agent. */
const SDK = 'google-genai-sdk'

const CALL = '/candidates/content/parts/functionCall'
/** Where a piece of a call's arguments belongs, and whether more comes: the arguments say it when they are put together. */
const PIECES_OF_CALLS = [
  `${CALL}/willContinue`,
  `${CALL}/partialArgs/willContinue`,
  `${CALL}/partialArgs/jsonPath`
]

/**
 * Generation (`POST …/models/{model}:generateContent`, `:streamGenerateContent`), of the Gemini API
 * and of Vertex AI: plain and streamed, tools, thoughts with signatures, safety, probabilities.
 *
 * Source: Gemini API reference, "Generating content"; Vertex AI, "GenerateContentResponse".
 */
export const geminiGenerate: Protocol<AnswerFold> = {
  name: 'google.generate_content',
  framing: 'sse',
  matches: (url, method) => method === 'POST' && METHODS.has(readPath(url)?.method ?? ''),
  readRequest,
  // Without `alt=sse` a stream is one list of its answers.
  readResponse: (body) =>
    readGenerated(
      Array.isArray(body) ? finishAnswer(body.reduce(stepAnswer, startAnswer())) : body
    ),
  start: startAnswer,
  step: stepAnswer,
  structure: PIECES_OF_CALLS,
  throwsAt,
  finish: (fold) => readGenerated(finishAnswer(fold)),
  workerModule: workerModuleOf(() => geminiGenerate)
}

/** The package always asks for events (`alt=sse`), and reads the data of each as JSON. */
function throwsAt(client: CallRequest['client']): readonly StreamFault[] {
  if (client?.name !== SDK) return ['malformed', 'cut']
  const ofPackage = ['malformed', 'cut', 'list', 'done'] as const
  return isBefore(client, SDK, 2) ? [...ofPackage, 'outside'] : ofPackage
}

function readRequest(body: unknown, url: URL): CallRequest {
  const target = readTarget('generate_content', url)
  const stream = readPath(url)?.method === 'streamGenerateContent' && { stream: true }
  if (!isObject(body)) return { ...target, ...stream, input: body }
  const { contents, systemInstruction, tools, generationConfig, model: _model, ...rest } = body
  return {
    ...target,
    ...stream,
    input: systemInstruction === undefined ? contents : { systemInstruction, contents },
    settings: {
      ...rest,
      ...(isObject(generationConfig) ? generationConfig : { generationConfig })
    },
    ...readTools(tools)
  }
}
