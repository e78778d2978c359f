"""Start our kernel; where a record is made or compared, let Keras write as for one.

A moving bar is for who watches: of it a record would keep thousands of characters and the pace of
one machine. So with COURSE_RECORD=1 `fit` prints one line an epoch, `evaluate` one line, `predict`
none, and `summary`, which rich would draw in HTML and colours, plain text. With COURSE_SEED=1000
every seed that a chapter sets is 1000 more, which is how `make ranges` measures what chance does.
With COURSE_ROUNDING=3 the first random weights of each layer are larger by three parts in eight
million, about as much as another processor's rounding changes them in a step or two. Without
these, as in `make lab`, nothing is changed.
"""

import importlib.util
import os
import sys
from importlib.abc import MetaPathFinder

OFFSET = int(os.environ.get("COURSE_SEED", 0))
ROUNDING = int(os.environ.get("COURSE_ROUNDING", 0)) * 2**-23  # units of float32's last place


def line(logs):
    """The names and values of Keras's log as one text: loss first, training before validation."""
    names = sorted(logs or {}, key=lambda name: (name.startswith("val_"), "loss" not in name))
    texts = {name: f"{logs[name]:.4f}" if abs(logs[name]) > 0.001 else f"{logs[name]:.4e}"
             for name in names}  # fmt: skip
    return " - ".join(f"{name}: {text}" for name, text in texts.items())


def write_lines(logger, callback):
    """Let the class `keras.callbacks.ProgbarLogger` write lines where it draws a bar."""

    def on_train_begin(self, logs=None):
        self.trains = True  # what `evaluate` finds inside of `fit` comes with the epoch

    def on_epoch_end(self, epoch, logs=None):
        if self.verbose:
            print(f"Epoch {epoch + 1}/{self.epochs} - {line(logs)}", flush=True)

    def on_test_end(self, logs=None):
        if self.verbose and not getattr(self, "trains", False):
            print(line(logs), flush=True)

    for part in ("train", "test", "predict"):
        for name in (f"on_{part}_begin", f"on_{part}_batch_end", f"on_{part}_end"):
            setattr(logger, name, getattr(callback, name))  # which does nothing
    logger.on_epoch_begin = callback.on_epoch_begin
    for method in (on_train_begin, on_epoch_end, on_test_end):
        setattr(logger, method.__name__, method)


def shifted(function):
    """`function`, which takes a seed, with the offset added to it."""

    def with_offset(seed=None, *rest, **options):
        return function(seed + OFFSET if hasattr(seed, "__index__") else seed, *rest, **options)

    return with_offset


def rounded(draw):
    """`draw`, which gives the first weights of a layer, with all of them a little larger."""
    return lambda self, *shape, **options: draw(self, *shape, **options) * (1 + ROUNDING)


class AfterImport(MetaPathFinder):
    """Adapts Keras as soon as a chapter has imported it, and costs nothing before."""

    def find_spec(self, name, path, target=None):
        if name != "keras":
            return None
        import rich.console

        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def execute_and_adapt(module):
            execute(module)
            write_lines(module.callbacks.ProgbarLogger, module.callbacks.Callback)
            rich.console._is_jupyter = lambda: False  # rich has no public way to say so
            os.environ["TERM"] = "dumb"  # without colours
            if OFFSET:
                module.utils.set_random_seed = shifted(module.utils.set_random_seed)
            if ROUNDING:
                kinds = module.initializers
                for kind in (kinds.VarianceScaling, kinds.RandomNormal, kinds.RandomUniform):
                    kind.__call__ = rounded(kind.__call__)

        spec.loader.exec_module = execute_and_adapt
        return spec


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this file, which is not a chapter's
    if os.environ.get("COURSE_RECORD"):
        sys.meta_path.insert(0, AfterImport())
    if OFFSET:
        import numpy.random

        numpy.random.default_rng = shifted(numpy.random.default_rng)
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()
