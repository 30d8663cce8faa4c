import { join } from 'node:path'
import type { SigningMachine } from '../machine.ts'

/** Where Xcode looks for profiles: since version 16, and before it. */
export const profileDirectories = ({ home }: SigningMachine): string[] => [
  join(home, 'Library/Developer/Xcode/UserData/Provisioning Profiles'),
  join(home, 'Library/MobileDevice/Provisioning Profiles'),
]

/** Where scripts written for Codemagic look for certificates. */
export const certificateDirectory = ({ home }: SigningMachine): string =>
  join(home, 'Library/MobileDevice/Certificates')
