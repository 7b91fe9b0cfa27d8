"""From the places of a schema to the nodes of a form's tree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.forms.choices import ChoiceField, Option
from services.forms.fields import Refused
from services.forms.group_node import GroupNode
from services.forms.json_field import JsonField
from services.forms.list_node import ListNode
from services.forms.nodes import LeafNode, Node
from services.forms.schema_fields import FieldReader, default_of
from services.forms.structures import GroupField, ListField
from services.forms.variant_node import VariantNode
from services.forms.variants import branch_labels, fitting
from services.forms.voids import ABSENT, Void
from services.schemas.alternatives import together
from services.schemas.conditions import Conditions
from services.schemas.places import Places
from services.schemas.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.forms.fields import Field
    from services.schemas.checker import SchemaCheck
    from services.schemas.place import Condition, Parts, Place, Union

__all__ = ("Grower",)

_DEEPEST = 8
"""How deep required groups are open at first."""

_DEEPEST_OF_ALL = 24
"""How deep there are fields at all; below, a value is JSON text."""

Trail = tuple[int, ...]
"""The places around a place, of which one may be the place itself."""


class Grower:
    """Makes nodes from the schemas of their places, and from the values they begin with. Never raises.

    `trusted` is whether values that were given fit: then they are sent as they are unless changed. `strict`
    follows the rules of elicitation.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        check: SchemaCheck,
        reader: FieldReader | None = None,
        *,
        trusted: bool,
        strict: bool = False,
    ) -> None:
        self._places = Places(schema)
        self._fields = reader or FieldReader(Shapes(schema), check, strict)
        self._check = check
        self._trusted = trusted
        self._conditions = Conditions(check)

    def root(self, schema: Mapping[str, Any], values: Mapping[str, Any], *, whole: bool) -> Node:
        """The node of the root; where the values are the `whole`, what is not among them is left out."""
        given = values if whole or values else ABSENT
        return self._body((schema,), frozenset(), given, whole)

    def with_more(self, place: Place, more: tuple[Any, ...]) -> Place:
        """The place when further schemas hold there."""
        return self._places.place((*place.parts, *more), place.settled)

    def applied(self, conditions: list[Condition], value: Any) -> tuple[Any, ...]:
        """The schemas that hold beside, by the conditions that a value meets."""
        return self._conditions.applied(conditions, value)

    def refused_name(self, place: Place, name: str) -> str:
        """Why the schema lets no further property of a place have a name; empty when it does."""
        if False in place.names or not place.allows(name):
            return "no entry may have this name"
        found = [reason for part in place.names for _, reason in self._check.reasons(name, part)]
        return found[0] if found else ""

    # Nodes.

    def node(
        self,
        name: str,
        parts: Parts,
        value: Any = ABSENT,
        *,
        required: bool,
        whole: bool,
        trail: Trail,
        settled: frozenset[int] = frozenset(),
    ) -> Node:
        """The node of a place: one field where that says it all, JSON text where nothing else does."""
        part = together(parts)
        field = self._fields.field(name, part, required)
        if not isinstance(field, JsonField):
            odd = self._is_odd(field, value, part)
            leaf = self._instead(name, part, required, value) if odd else self._leaf(field, value, whole)
            leaf.as_json = lambda: self._instead(name, part, required)
            return leaf
        place = self._places.place(parts, settled)
        if value is ABSENT and not whole:
            value = default_of(place.shape)
        if len(trail) < _DEEPEST_OF_ALL and _holds(place, value):
            node = self._structure(name, place, value, trail, settled, required=required, whole=whole)
            if node is not None:
                node.as_json = lambda: self._instead(name, part, required)
                return node
        merged = self._fields.field(name, place.shape, required)
        if not isinstance(merged, JsonField):
            field = replace(merged, nullable=merged.nullable or place.nullable)
        return self._leaf(field, value, whole)

    def _leaf(self, field: Field, value: Any, whole: bool) -> LeafNode:
        if value is ABSENT:
            return LeafNode(field, None if whole or field.read_only else field.initial)
        node = LeafNode(field, field.entry_for(value), value, trusted=self._trusted)
        node.touched = bool(field.check(node.entry)) and not node.is_hidden
        return node

    def _instead(self, name: str, part: object, required: bool, value: Any = ABSENT) -> LeafNode:
        """JSON text in place of a field."""
        node = self._leaf(self._fields.as_json(name, part, required), value, True)
        node.is_instead = True
        return node

    def _is_odd(self, field: Field, value: Any, part: object) -> bool:
        """Whether a value that may be wrong is one that no entry of the field stands for, and no answer."""
        if self._trusted or value is ABSENT or value is None:
            return False
        entry = field.entry_for(value)
        try:
            read = field.read(entry) if entry is not None else None
        except Refused:
            return False  # the field shows it, and says what is wrong
        is_same = list(read) == value if isinstance(read, tuple) else read == value
        return not is_same and bool(self._check.reasons(value, part))

    def _structure(
        self,
        name: str,
        place: Place,
        value: Any,
        trail: Trail,
        settled: frozenset[int],
        *,
        required: bool,
        whole: bool,
    ) -> Node | None:
        if place.unions:
            union = place.unions[0]
            return self._variant(name, place, union, settled, value, trail, required=required, whole=whole)
        if place.type == "object" and (place.is_named or place.is_open):
            return self._group(name, place, value, trail, required=required, whole=whole)
        if place.type == "array" and place.takes_items:
            return self._list(name, place, value, trail, required=required, whole=whole)
        return None

    def _head(self, name: str, place: Place, required: bool) -> dict[str, Any]:
        texts = self._fields.texts(name, place.shape)
        return {**texts, "placeholder": "", "required": required, "nullable": place.nullable}

    def _group(
        self, name: str, place: Place, value: Any, trail: Trail, *, required: bool, whole: bool
    ) -> GroupNode:
        field = GroupField(**self._head(name, place, required))
        given = value if isinstance(value, dict) else None
        deeper = _Deeper(self, (*trail, place.key))
        node = GroupNode(field, place, deeper, given, whole=given is not None if trail else whole)
        if value is None and place.nullable:
            node.entry = node.first = Void.NULL
        elif not trail or (value is ABSENT and required and not whole and _is_new(place.key, trail)):
            node.entry = node.first = True
        return node

    def _list(
        self, name: str, place: Place, value: Any, trail: Trail, *, required: bool, whole: bool
    ) -> ListNode:
        least = place.shape.get("minItems")
        least = least if isinstance(least, int) and not isinstance(least, bool) and least > 0 else 0
        field = ListField(
            **self._head(name, place, required), min_items=least or None, max_items=place.most_items
        )

        inside = (*trail, place.key)

        def grow(index: int, inner: Any) -> Node:
            parts = place.item_parts(index)
            inner_whole = inner is not ABSENT
            return self.node(str(index + 1), parts, inner, required=True, whole=inner_whole, trail=inside)

        node = ListNode(field, None, grow)
        if isinstance(value, list):
            node.fill(value)
            node.entry = True if value else Void.EMPTY
        elif value is None and place.nullable:
            node.entry = Void.NULL
        elif required and not whole:
            node.fill([ABSENT] * min(least, 20) if _is_new(place.key, trail) else [])
            node.entry = True if node.items else None if least else Void.EMPTY
        node.first = node.entry
        return node

    def _variant(
        self,
        name: str,
        place: Place,
        union: Union,
        settled: frozenset[int],
        value: Any,
        trail: Trail,
        *,
        required: bool,
        whole: bool,
    ) -> VariantNode:
        labels = branch_labels(union.branches, self._places)
        options = tuple(Option(label, index) for index, label in enumerate(labels))
        head = self._head(name, place, required)
        field = ChoiceField(**head | {"label": head["label"] if name else "form"}, options=options)
        inner = settled | {union.key}

        def grow(chosen: int, before: Node | None, begun: Any = ABSENT, held: bool = False) -> Node:
            parts = (*place.parts, union.branches[chosen])
            if not trail:
                body = self._body(parts, inner, begun, held)
            else:
                body = self.node(
                    name, parts, begun, required=True, whole=held, trail=(*trail, union.key), settled=inner
                )
            if isinstance(body, GroupNode):
                body.open()
                body.adopt(before)
            elif not isinstance(body, VariantNode):
                body.rename("value")
            else:
                body.rename("form")
            return body

        node = VariantNode(field, None, grow, is_root=not trail)
        if value is None and place.nullable:
            node.entry = node.first = Void.NULL
        elif value is not ABSENT:
            chosen = fitting(self._check, self._places, union.branches, value)
            node.begin(chosen, grow(chosen, None, value, whole))
        elif required and not whole and (not trail or _is_new(union.key, trail)):
            node.begin(0, grow(0, None))
        return node

    def _body(self, parts: Parts, settled: frozenset[int], value: Any, whole: bool) -> Node:
        """What a branch of the root asks for."""
        place = self._places.place(parts, settled)
        if place.unions:
            return self._variant("", place, place.unions[0], settled, value, (), required=True, whole=whole)
        return self._group("", place, value, (), required=True, whole=whole)


class _Deeper:
    """The grower for what is inside a place."""

    def __init__(self, grower: Grower, trail: Trail) -> None:
        self._grower = grower
        self._trail = trail
        self.with_more = grower.with_more
        self.applied = grower.applied
        self.refused_name = grower.refused_name

    def property_node(self, name: str, parts: Parts, required: bool, value: Any, given: bool) -> Node:
        return self._grower.node(name, parts, value, required=required, whole=given, trail=self._trail)


def _is_new(key: int, trail: Trail) -> bool:
    """Whether a place is not inside itself, and not too deep to be open from the start."""
    return key not in trail and len(trail) < _DEEPEST


def _holds(place: Place, value: Any) -> bool:
    """Whether the fields of a place can show a value of this kind."""
    if value is ABSENT or (value is None and place.nullable) or place.unions:
        return True
    return isinstance(value, dict if place.type == "object" else list)
