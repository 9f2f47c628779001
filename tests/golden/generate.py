#!/usr/bin/env python3
"""Makes the golden files of the numerical tests with PyTorch on the CPU.

    pip install torch safetensors numpy
    python tests/golden/generate.py                   writes beside this file
    python tests/golden/generate.py --compare A [B]   largest differences between A and B

model.safetensors is a state dict as PyTorch saves it (`num_batches_tracked` and all): the network
at alpha .25 with random scales, shifts and running statistics, so that one that is swapped or
ignored shows. golden.safetensors holds what follows from it:

    input [8, 3, 32, 32], labels [8]      the batch, normalised already
    eval_before.logits                    inference with the weights as they are
    train.logits, train.loss              a pass with batch statistics; its mean cross-entropy
    train.loss_smoothed                   that pass with labels smoothed by .1
    train.act.<stem|blocks.0|1|12>        what comes out there, first two images only
    grad.<parameter>                      the loss's gradients
    stats.<buffer>                        running statistics after that one pass (unbiased variance)
    adam1.<parameter>                     after one Adam step: lr 1e-3, betas .9/.999, eps 1e-8
    eval_after_adam1.logits               inference with both
    sgd5.<parameter|buffer>, sgd5.losses  after five steps of SGD from the start: lr 1e-4,
                                          momentum .9, weight decay 5e-4 on every parameter
    eval_after_sgd5.logits                inference with those
    opt.start [16], opt.grads [5, 16]     sixteen numbers and gradients, large ones and tiny ones;
    opt.<optimizer> [5, 16]               the numbers after each of five steps, in float64
    schedule.<name> [20]                  learning rates of a run of 20 steps with a highest of .1
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

SEED = 1704
ALPHA = 0.25
LABELS = [3, 8, 0, 6, 1, 9, 5, 2]
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
BLOCKS += [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
KEPT_ACTIVATIONS = ["stem", "blocks.0", "blocks.1", "blocks.12"]


def unit(channels_in, channels_out, kernel, stride=1, groups=1):
    """Convolution, batch normalisation and ReLU under the names of the files on disk."""
    layer = nn.Sequential()
    convolution = nn.Conv2d(
        channels_in, channels_out, kernel, stride, padding=kernel // 2, groups=groups, bias=False
    )
    layer.add_module("conv", convolution)
    layer.add_module("bn", nn.BatchNorm2d(channels_out, eps=1e-5, momentum=0.1))
    layer.add_module("relu", nn.ReLU())
    return layer


def separable(channels_in, channels_out, stride):
    block = nn.Sequential()
    depthwise = unit(channels_in, channels_in, 3, stride, groups=channels_in)
    block.add_module("depthwise", depthwise)
    block.add_module("pointwise", unit(channels_in, channels_out, 1))
    return block


def network(alpha=ALPHA, classes=10):
    """MobileNet-V1 for 32×32 pixels."""
    width = int(32 * alpha)
    stem = unit(3, width, 3)
    blocks = nn.Sequential()
    for index, (channels, stride) in enumerate(BLOCKS):
        blocks.add_module(str(index), separable(width, int(channels * alpha), stride))
        width = int(channels * alpha)
    whole = nn.Sequential()
    whole.add_module("stem", stem)
    whole.add_module("blocks", blocks)
    whole.add_module("pool", nn.AdaptiveAvgPool2d(1))
    whole.add_module("flatten", nn.Flatten())
    whole.add_module("classifier", nn.Linear(width, classes))
    return whole


def starting_point():
    """The weights of model.safetensors, and the batch. The order of the draws is part of it."""
    torch.manual_seed(SEED)
    weights = network()
    dice = torch.Generator().manual_seed(SEED + 1)
    for layer in weights.modules():
        match layer:
            case nn.Conv2d():
                fan = "fan_out" if layer.groups == 1 else "fan_in"
                nn.init.kaiming_normal_(layer.weight, 0, fan, "relu", generator=dice)
            case nn.BatchNorm2d():
                size = layer.num_features
                layer.weight.data = torch.rand(size, generator=dice) + 0.5
                layer.bias.data = torch.randn(size, generator=dice) * 0.1
                layer.running_mean = torch.randn(size, generator=dice) * 0.1
                layer.running_var = torch.rand(size, generator=dice) + 0.5
    images = torch.randn(len(LABELS), 3, 32, 32, generator=dice)
    return weights.state_dict(), images, torch.tensor(LABELS)


def fresh(state):
    model = network()
    model.load_state_dict(state)
    return model.train()


def inference(model, images):
    model.eval()
    with torch.no_grad():
        logits = model(images)
    model.train()
    return logits


def parameters(model, prefix):
    return {f"{prefix}.{name}": p.detach().clone() for name, p in model.named_parameters()}


def statistics(model, prefix):
    running = ((n, b) for n, b in model.named_buffers() if ".running_" in n)
    return {f"{prefix}.{name}": buffer.clone() for name, buffer in running}


def one_pass(model, images, labels):
    """Forward and backward with batch statistics; leaves the gradients in the model."""
    found = {}

    def keep(name):
        def hook(_module, _inputs, output):
            found[f"train.act.{name}"] = output[:2].detach().clone()

        return model.get_submodule(name).register_forward_hook(hook)

    hooks = [keep(name) for name in KEPT_ACTIVATIONS]
    logits = model(images)
    for hook in hooks:
        hook.remove()
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    found["train.logits"] = logits.detach()
    found["train.loss"] = loss.detach().reshape(1)
    smoothed = F.cross_entropy(logits.detach(), labels, label_smoothing=0.1)
    found["train.loss_smoothed"] = smoothed.reshape(1)
    for name, parameter in model.named_parameters():
        found[f"grad.{name}"] = parameter.grad.clone()
    return found | statistics(model, "stats")


def adam_step(model, images):
    torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8).step()
    logits = {"eval_after_adam1.logits": inference(model, images)}
    return parameters(model, "adam1") | logits


def sgd_steps(model, images, labels, steps=5):
    # The rate is small on purpose: at .01 this start is chaotic, and two correct programs part.
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, weight_decay=5e-4)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    found = parameters(model, "sgd5") | statistics(model, "sgd5")
    found["sgd5.losses"] = torch.stack(losses)
    found["eval_after_sgd5.logits"] = inference(model, images)
    return found


def lone_optimizers():
    """Each optimizer away from any network, where float32 can be held to the last digits."""
    optim, adam = torch.optim, {"lr": 1e-3, "eps": 1e-8}
    sgd = {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4}
    recipes = {
        "sgd": (optim.SGD, sgd),
        "sgd_nesterov": (optim.SGD, sgd | {"nesterov": True}),
        "adam": (optim.Adam, adam),
        "adam_wd": (optim.Adam, adam | {"weight_decay": 0.1}),  # as an L2 penalty
        "adamw": (optim.AdamW, adam | {"weight_decay": 0.1}),  # decoupled
    }
    dice = torch.Generator().manual_seed(SEED + 2)
    start = torch.randn(16, generator=dice)
    gradients = torch.randn(5, 16, generator=dice) * torch.logspace(-4, 1, 16)
    found = {"opt.start": start, "opt.grads": gradients}
    for name, (make, settings) in recipes.items():
        numbers = start.double().requires_grad_()
        optimizer = make([numbers], **settings)
        path = []
        for gradient in gradients.double():
            numbers.grad = gradient.clone()
            optimizer.step()
            path.append(numbers.detach().float())
        found[f"opt.{name}"] = torch.stack(path)
    return found


def schedules(steps=20, highest=0.1):
    rules = {
        "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=steps),
        "one_cycle": lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, highest, total_steps=steps, pct_start=0.25, cycle_momentum=False
        ),
    }
    found = {}
    for name, rule in rules.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=highest)
        schedule = rule(optimizer)
        rates = []
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        found[f"schedule.{name}"] = torch.tensor(rates, dtype=torch.float32)
    return found


def golden(state, images, labels):
    found = {"input": images, "labels": labels}
    found["eval_before.logits"] = inference(fresh(state), images)
    model = fresh(state)
    found |= one_pass(model, images, labels)
    found |= adam_step(model, images)
    found |= sgd_steps(fresh(state), images, labels)
    return found | lone_optimizers() | schedules()


def compare(left, right):
    """Prints, for each group of tensors, how far the two files are apart."""
    left, right = load_file(left), load_file(right)
    groups = {}
    for name in sorted(left.keys() & right.keys()):
        a, b = left[name].double(), right[name].double()
        absolute = (a - b).abs().max().item()
        relative = ((a - b).norm() / b.norm().clamp_min(1e-30)).item()
        group = name if name.count(".") < 2 else name.split(".")[0]
        tensors, worst, l2 = groups.get(group, (0, 0.0, 0.0))
        groups[group] = (tensors + 1, max(worst, absolute), max(l2, relative))
    print(f"{'group':28} {'tensors':>7} {'largest |a-b|':>14} {'rel. L2':>9}")
    for group, (tensors, worst, l2) in groups.items():
        print(f"{group:28} {tensors:7} {worst:14.2e} {l2:9.1e}")
    for title, names in (("left", left.keys() - right), ("right", right.keys() - left)):
        print(f"only in the {title} file: {len(names)}", *sorted(names)[:8])


def main():
    here = Path(__file__).parent
    arguments = argparse.ArgumentParser(description="Makes the golden files with PyTorch.")
    arguments.add_argument("--out", type=Path, default=here, help="folder to write to")
    arguments.add_argument("--compare", type=Path, nargs="+", metavar="FILE")
    wanted = arguments.parse_args()
    if wanted.compare:
        return compare(*(wanted.compare + [here / "golden.safetensors"])[:2])
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    state, images, labels = starting_point()
    tensors = golden(state, images, labels)
    save_file(state, wanted.out / "model.safetensors", metadata={"format": "pt"})
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(tensors, wanted.out / "golden.safetensors", metadata={"torch": torch.__version__})


if __name__ == "__main__":
    main()
