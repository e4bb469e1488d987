import { MLCEngine, WebWorkerMLCEngineHandler } from '@mlc-ai/web-llm'
import { appConfig, standIn } from '../stand-in.ts'

const handler = new WebWorkerMLCEngineHandler()
const { engine } = standIn(new MLCEngine({ appConfig, logLevel: 'SILENT' }))
Object.assign(handler, { engine })
addEventListener('message', (event) => handler.onmessage(event))
