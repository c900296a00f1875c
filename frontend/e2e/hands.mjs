// Two ways to use a page: with a pointer, and by keyboard alone. A journey is written once and goes either way.

export const pointer = (page) => ({
  reach: async () => {},
  press: (what) => page.locator(what).first().click(),
  write: (what, text) => page.locator(what).first().fill(text),
  tick: (what) => page.locator(what).first().check(),
  choose: (what, label) => page.locator(what).first().selectOption({ label }),
});

export const keyboard = (page) => {
  const reach = (what) => tabTo(page, what);
  return {
    reach,
    press: async (what) => {
      await reach(what);
      await page.keyboard.press("Enter");
    },
    write: async (what, text) => {
      await reach(what);
      await page.keyboard.press("Control+a");
      await page.keyboard.type(text);
    },
    tick: async (what) => {
      await reach(what);
      await page.keyboard.press("Space");
    },
    choose: async (what, label) => {
      await reach(what);
      await page.keyboard.type(label); // a closed list goes to what is typed
    },
  };
};

const most = 250; // tab stops; a page with more can't be used by keyboard

async function tabTo(page, what) {
  for (let i = 0; i < most; i++) {
    const there = await page.evaluate((what) => document.activeElement?.matches(what) ?? false, what);
    if (there) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${what}`);
}
