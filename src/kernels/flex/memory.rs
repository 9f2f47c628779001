//! Tensors of pooled memory.
#![expect(unsafe_code, reason = "tensors of our own memory")]

use std::{borrow::Cow, mem::MaybeUninit};

use burn::backend::{
    DType, TensorMetadata,
    flex::{FlexTensor, Layout},
};
use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty, Bytes, Shape};

use crate::kernels::cpu::memory::Buffer;

/// The numbers of a tensor, in order; copied only if they lie otherwise.
pub fn numbers(tensor: &FlexTensor) -> Cow<'_, [f32]> {
    match tensor.layout().contiguous_offsets() {
        Some((start, end)) => Cow::Borrowed(&tensor.storage::<f32>()[start..end]),
        None => Cow::Owned(tensor.to_contiguous().storage::<f32>().to_vec()),
    }
}

/// The same tensor with its numbers in order from the start of its storage.
pub fn in_order(tensor: FlexTensor) -> FlexTensor {
    match tensor.layout().contiguous_offsets() {
        Some((0, _)) => tensor,
        _ => tensor.to_contiguous(),
    }
}

/// A tensor of `shape` that gives its memory back to the pool when it goes.
pub fn tensor(buffer: Buffer, shape: impl Into<Shape>) -> FlexTensor {
    let bytes = std::mem::size_of_val::<[f32]>(&buffer);
    // SAFETY: a buffer is made of initialised numbers, so all `bytes` of it are initialised.
    let bytes = unsafe { Bytes::from_controller(Box::new(Pooled(buffer)), bytes) };
    FlexTensor::new(bytes, Layout::contiguous(shape.into()), DType::F32)
}

/// The sides of a tensor of `D` dimensions.
pub fn sides<const D: usize>(tensor: &FlexTensor) -> [usize; D] {
    tensor.shape().dims()
}

/// Lets a tensor own a buffer.
struct Pooled(Buffer);

impl AllocationController for Pooled {
    fn alloc_align(&self) -> usize {
        64
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Native
    }

    unsafe fn memory_mut(
        &mut self,
        _: AccessPolicy,
    ) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.0);
        // SAFETY: the two types have the same layout, and the caller of this unsafe method
        // promises to write initialised bytes only.
        Ok(unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) })
    }

    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let bytes: &[u8] = bytemuck::cast_slice(&self.0);
        // SAFETY: the two types have the same layout, and initialised bytes may be read as ones
        // that need not be.
        Ok(unsafe { &*(std::ptr::from_ref(bytes) as *const [MaybeUninit<u8>]) })
    }
}
