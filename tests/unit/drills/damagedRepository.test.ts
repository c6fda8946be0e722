import { findsDamagedWal } from "../../../local/drills/damagedRepository.js";

const said = (valid: number): string => `stanza: nusantara
status: error
  archiveId: 17-1, total WAL checked: 9, total valid WAL: 9
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
  archiveId: 17-2, total WAL checked: 12, total valid WAL: ${valid}
  backup: 20261123-190003F, status: invalid, total files checked: 98, total valid files: 97`;

test("damaged WAL is told from a damaged backup, in whichever archive it is", () => {
  expect(findsDamagedWal(said(11))).toBe(true);
  expect(findsDamagedWal(said(12))).toBe(false);
});
