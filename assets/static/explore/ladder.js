/* What explorables share that have a ladder of tasks, and a button that lets the time run. */
(() => {
  "use strict";

  const { Explorable, button, isStill, say } = window.course.shared;

  /**
   * A subclass has static `clock`: the name of the `field` that counts, the `pace` in milliseconds
   * from one picture to the next, and `leap`, how far one press goes for who wants no motion. A
   * change of a field that `resets` brings the clock back to 0. `words.tasks` are named in the
   * order of the field `task`; `words.run` and `words.pause` stand on the button.
   */
  class Ladder extends Explorable {
    /** The ladder and the button, which the subclass places. */
    climb() {
      const { words: own } = this;
      this.earned = new Set();
      this.ladder = this.choice("task", own.task, own.tasks);
      this.ladder.classList.add("ladder");
      this.runner = button(own.run, () => (this.timer ? this.stop() : this.run()));
      this.runner.classList.add("primary", "steady");
    }

    set(change) {
      const { clock } = this.constructor;
      const resets = Object.keys(change).some((name) => clock.resets.includes(name));
      if (resets) this.halt();
      this.touched = true;
      super.set(resets ? { [clock.field]: 0, ...change } : change);
    }

    run() {
      const { clock, fields } = this.constructor;
      const { max, step } = fields[clock.field];
      const go = (by) => this.set({ [clock.field]: Math.min(this.state[clock.field] + by, max) });
      if (this.state[clock.field] === max) this.set({ [clock.field]: 0 });
      if (isStill()) return go(clock.leap);
      this.timer = setInterval(() => {
        if (this.state[clock.field] + step >= max) this.halt();
        go(step);
      }, clock.pace);
      this.update();
    }

    halt() {
      clearInterval(this.timer);
      this.timer = undefined;
    }

    stop() {
      this.halt();
      this.update();
    }

    disconnectedCallback() {
      this.halt();
    }

    restart() {
      this.halt();
      super.restart();
      this.touched = false;
      this.earned.clear();
      this.update();
    }

    /** Show what runs and what is earned. */
    showLadder() {
      const { earned, finding, ladder, runner, timer, words } = this;
      runner.textContent = timer ? words.pause : words.run;
      finding.setAttribute("aria-live", timer ? "off" : "polite");
      for (const [n, label] of [...ladder.querySelectorAll("label")].entries()) {
        label.classList.toggle("earned", earned.has(this.constructor.fields.task.options[n]));
      }
    }

    /** A finding that earns the task its tick, unless it came by a link; it names the next one. */
    earn(told, right) {
      const { words: own, state, earned } = this;
      if (this.touched) earned.add(state.task);
      const { options } = this.constructor.fields.task;
      const next = options.findIndex((task) => !earned.has(task));
      const then = next < 0 ? own.all : say(own.next, { task: own.tasks[next] });
      return ["done", `${told} ${then}`, right];
    }
  }

  window.course.shared.Ladder = Ladder;
})();
